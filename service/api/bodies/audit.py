"""The audit log on the wire, as it is hashed."""

from datetime import datetime
from typing import Any

from service.api.bodies.base import Body, example
from service.domain.audit import AuditEntry, body
from service.pipeline.respond_audit import Verdict


class PolicyRef(Body):
    """The policy a fact follows from, in the revision that was in force."""

    id: str
    revision: str
    commit: str | None


class AuditItem(Body):
    """One entry; `hash` is the SHA-256 of canonical JSON of all but it and `seal`."""

    model_config = example(
        seq=1,
        chain="acme",
        at="2026-08-20T12:00:00.000000Z",
        actor="key:grafana",
        action="alert:acknowledged",
        target="alert:al_5b6f1c0d9e8f7a6b5c4d3e2f",
        outcome="acknowledged",
        reason="",
        policy=None,
        detail={},
        previous_hash="0" * 64,
        hash="f" * 64,
        seal=None,
    )

    seq: int
    chain: str
    at: datetime
    actor: str
    action: str
    target: str
    outcome: str
    reason: str
    policy: PolicyRef | None
    detail: dict[str, Any]
    previous_hash: str
    hash: str
    seal: str | None


class ChainState(Body):
    """How far a chain verifies; `broken_at` is the number of the first bad entry."""

    model_config = example(
        chain="acme", valid=True, entries=812, head="f" * 64, broken_at=None, reason=""
    )

    chain: str
    valid: bool
    entries: int
    head: str
    broken_at: int | None
    reason: str


class Verification(Body):
    """Whether the whole log verifies, and each of its chains."""

    model_config = example(valid=True, items=[])

    valid: bool
    items: list[ChainState]


def audit_item(entry: AuditEntry) -> AuditItem:
    """Give an entry as an export has it."""
    hashed = body(entry.seq, entry.fact, entry.previous_hash)
    return AuditItem.model_validate({**hashed, "hash": entry.hash, "seal": entry.seal})


def chain_state(verdict: Verdict) -> ChainState:
    """Give how far a chain verifies."""
    return ChainState(
        chain=verdict.chain,
        valid=verdict.is_valid,
        entries=verdict.entries,
        head=verdict.head,
        broken_at=verdict.broken_at,
        reason=verdict.reason,
    )
