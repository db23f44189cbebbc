"""Counts of what the audit log holds, kept beside it: reading them reads no log.

They survive restarts and are the same whichever process is asked.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from service.domain.audit import AuditAction, Fact
from service.domain.limit_change import FailReason, SkipReason

_PLAIN = {
    AuditAction.POLICY_LOADED,
    AuditAction.POLICY_REFUSED,
    AuditAction.KEY_REFUSED,
}
_BY_CHANNEL = {
    AuditAction.NOTIFICATION_DELIVERED,
    AuditAction.NOTIFICATION_FAILED,
    AuditAction.NOTIFICATION_ABANDONED,
}
_BY_REASON = {
    AuditAction.LIMIT_CHANGE_REQUESTED,
    AuditAction.LIMIT_CHANGE_APPLIED,
    AuditAction.LIMIT_CHANGE_FAILED,
    AuditAction.LIMIT_CHANGE_UNKNOWN,
    AuditAction.LIMIT_CHANGE_SKIPPED,
}
_REASONS = {each.value for each in (*SkipReason, *FailReason)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many facts of one action and label a chain holds.

    `label` is the outcome of a check, the severity of an alert, the channel of a
    delivery, the reason of a limit change, and empty elsewhere.
    """

    chain: str
    action: AuditAction
    label: str
    number: int


def tallies_of(facts: Iterable[Fact]) -> tuple[Tally, ...]:
    """Count facts; those nobody counts are left out."""
    counts: Counter[tuple[str, AuditAction, str]] = Counter()
    for fact in facts:
        label = _label_of(fact)
        if label is not None:
            counts[fact.chain, fact.action, label] += 1
    return tuple(
        Tally(chain=chain, action=action, label=label, number=number)
        for (chain, action, label), number in sorted(counts.items())
    )


def _label_of(fact: Fact) -> str | None:
    """Give what a fact is counted under: never a text that somebody can make up."""
    if fact.action is AuditAction.CHECK_COMPLETED:
        return fact.outcome
    if fact.action is AuditAction.ALERT_FIRED:
        return _detail(fact, "severity")
    if fact.action in _BY_CHANNEL:
        return _detail(fact, "channel")
    if fact.action in _BY_REASON:
        return fact.reason if fact.reason in _REASONS else ""
    return "" if fact.action in _PLAIN else None


def _detail(fact: Fact, name: str) -> str:
    return str((fact.detail or {}).get(name, ""))
