"""Audit entries as rows, and as the lines of an export."""

import json
from datetime import datetime
from json.encoder import encode_basestring as quoted  # as RFC 8785 writes strings
from typing import Any

from sqlalchemy import Row

from service.domain.audit import (
    AuditAction,
    AuditEntry,
    Fact,
    PolicyReference,
    canonical,
    timestamp,
)

_NO_POLICY = (None, None, None)


def row_from_audit_entry(entry: AuditEntry) -> dict[str, object]:
    fact = entry.fact
    policy = fact.policy
    return {
        "chain": fact.chain,
        "seq": entry.seq,
        "at": timestamp(fact.at),
        "actor": fact.actor,
        "action": fact.action.value,
        "target": fact.target,
        "outcome": fact.outcome,
        "reason": fact.reason,
        "policy_id": policy.id if policy else None,
        "policy_revision": policy.revision if policy else None,
        "policy_commit": policy.commit if policy else None,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
        "seal": entry.seal,
        "detail": canonical(fact.detail or {}).decode(),
    }


def audit_entry_from_row(row: Row[Any]) -> AuditEntry:
    policy = None
    if row.policy_id is not None:
        policy = PolicyReference(
            id=row.policy_id, revision=row.policy_revision, commit=row.policy_commit
        )
    fact = Fact(
        chain=row.chain,
        at=datetime.fromisoformat(row.at),
        actor=row.actor,
        action=AuditAction(row.action),
        target=row.target,
        outcome=row.outcome,
        reason=row.reason,
        policy=policy,
        detail=json.loads(row.detail),
    )
    return AuditEntry(
        seq=row.seq,
        fact=fact,
        previous_hash=row.previous_hash,
        hash=row.hash,
        seal=row.seal,
    )


# Written from the columns as they are: whatever was edited in them shows in the hash.
def line_from_row(row: Row[Any]) -> str:
    """Write an entry as an export does: canonical JSON with its hash and seal."""
    policy = "null"
    if (row.policy_id, row.policy_revision, row.policy_commit) != _NO_POLICY:
        policy = (
            f'{{"commit":{_or_null(row.policy_commit)},"id":{_or_null(row.policy_id)}'
            f',"revision":{_or_null(row.policy_revision)}}}'
        )
    return (
        f'{{"action":{quoted(row.action)},"actor":{quoted(row.actor)}'
        f',"at":{quoted(row.at)},"chain":{quoted(row.chain)}'
        f',"detail":{row.detail},"hash":{quoted(row.hash)}'
        f',"outcome":{quoted(row.outcome)},"policy":{policy}'
        f',"previous_hash":{quoted(row.previous_hash)}'
        f',"reason":{quoted(row.reason)},"seal":{_or_null(row.seal)}'
        f',"seq":{row.seq},"target":{quoted(row.target)}}}'
    )


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)
