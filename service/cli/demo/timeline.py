"""What the service did, read from its audit log as it grows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from service.cli.demo.inbox import Inbox
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact, Json
from service.ports import Queries


class Kind(StrEnum):
    """What a line of the timeline tells."""

    POLICIES = "policies"
    PERIOD = "period"
    ALERT = "alert"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    LIMIT = "limit"
    KEPT = "kept"  # a limit change that was wanted and not made
    FAILED = "failed"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing the service did; `fact` is its audit entry."""

    at: datetime
    kind: Kind
    text: str
    severity: str
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one check saw; None where it could not be told."""

    at: datetime
    spend: Decimal | None
    limit: Decimal | None


_KINDS = {
    AuditAction.POLICY_LOADED: Kind.POLICIES,
    AuditAction.POLICY_REFUSED: Kind.FAILED,
    AuditAction.PERIOD_STARTED: Kind.PERIOD,
    AuditAction.ALERT_FIRED: Kind.ALERT,
    AuditAction.ALERT_REMINDED: Kind.REMINDER,
    AuditAction.ALERT_RESOLVED: Kind.RESOLVED,
    AuditAction.LIMIT_CHANGE_APPLIED: Kind.LIMIT,
    AuditAction.LIMIT_CHANGE_SKIPPED: Kind.KEPT,
    AuditAction.LIMIT_CHANGE_FAILED: Kind.FAILED,
    AuditAction.LIMIT_CHANGE_UNKNOWN: Kind.FAILED,
    AuditAction.NOTIFICATION_DELIVERED: Kind.MESSAGE,
    AuditAction.NOTIFICATION_FAILED: Kind.FAILED,
    AuditAction.NOTIFICATION_ABANDONED: Kind.FAILED,
}


class Timeline:
    """All that happened so far, and what checks saw."""

    def __init__(self, queries: Queries, inbox: Inbox) -> None:
        self.happenings: list[Happening] = []
        self.readings: list[Reading] = []
        self._queries = queries
        self._inbox = inbox
        self._seen: dict[str, int] = {}

    def read_on(self) -> tuple[Happening, ...]:
        """Read what was recorded since the last call; give what is worth a line."""
        facts = sorted(self._facts(), key=lambda fact: fact.at)
        for fact in facts:
            if fact.action is AuditAction.CHECK_COMPLETED:
                self.readings.append(_reading(fact))
            elif fact.action is AuditAction.LIMIT_CHANGE_APPLIED and self.readings:
                # A check is recorded before its own limit change is made.
                moved = limit_amount((fact.detail or {}).get("to"))
                self.readings[-1] = replace(self.readings[-1], limit=moved)
        fresh = tuple(self._happening(fact) for fact in facts if fact.action in _KINDS)
        self.happenings.extend(fresh)
        return fresh

    def _facts(self) -> Iterable[Fact]:
        # What the service did comes before what it did for an organization.
        chains = self._queries.audit_chains()
        for chain in sorted(chains, key=lambda name: name != SYSTEM_CHAIN):
            while batch := self._queries.audit_entries(chain, self._seen.get(chain, 0)):
                self._seen[chain] = batch[-1].seq
                yield from (entry.fact for entry in batch)

    def _happening(self, fact: Fact) -> Happening:
        kind = _KINDS[fact.action]
        return Happening(
            at=fact.at,
            kind=kind,
            text=self._text(kind, fact),
            severity=_word(fact.detail or {}, "severity"),
            fact=fact,
        )

    def _text(self, kind: Kind, fact: Fact) -> str:
        name, detail = _name(fact), fact.detail or {}
        texts = {
            Kind.POLICIES: f"in force: revision {_word(detail, 'revision')[:12]}",
            Kind.PERIOD: f"{fact.at:%B %Y} begins",
            Kind.LIMIT: f"{_step(detail)}  ({_word(detail, 'kind')}, {name})",
            Kind.KEPT: f"no {_word(detail, 'kind')} for {name}: {fact.reason}",
            Kind.FAILED: f"{fact.action}: {fact.reason}",
        }
        if kind is Kind.MESSAGE:
            arrived = self._inbox.subject(fact.target.partition(":")[2])
            return f"{_word(detail, 'channel')}: {arrived or 'NOT ARRIVED'}"
        return texts.get(kind, f"{name}: {fact.reason}")


def _reading(fact: Fact) -> Reading:
    detail = fact.detail or {}
    spend = detail.get("spend")
    return Reading(
        at=fact.at,
        spend=Decimal(spend) if isinstance(spend, str) else None,
        limit=limit_amount(detail.get("limit")),
    )


def limit_amount(limit: Json) -> Decimal | None:
    """Read a limit as the audit log writes it; None for none or an unknown one."""
    amount = limit.get("amount") if isinstance(limit, Mapping) else None
    return Decimal(amount) if isinstance(amount, str) else None


def _name(fact: Fact) -> str:
    threshold = _word(fact.detail or {}, "threshold")
    if fact.policy is None:
        return threshold or "baseline"
    return f"{fact.policy.id}/{threshold}"


def _step(detail: Mapping[str, Json]) -> str:
    before, after = (limit_amount(detail.get(end)) for end in ("from", "to"))
    return f"{before or '?'} → {after or '?'}"


def _word(detail: Mapping[str, Json], key: str) -> str:
    value = detail.get(key)
    return value if isinstance(value, str) else ""
