"""Audit entries as rows, and as the lines of an export."""

import json
from datetime import datetime
from hashlib import sha256
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
from service.domain.audit_verification import Link
from service.domain.tally import Tally

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


def line_from_row(row: Row[Any]) -> str:
    """Write an entry as an export does: canonical JSON with its hash and seal."""
    return _canonical(
        tuple(row), f',"hash":{quoted(row.hash)}', f',"seal":{_or_null(row.seal)}'
    )


def link_from_row(row: Row[Any]) -> Link:
    """Give what verifying needs, hashed from the columns as they are now."""
    # A plain tuple: attribute by attribute a row takes three times as long.
    columns = tuple(row)
    try:
        digest = sha256(_canonical(columns, "", "").encode()).hexdigest()
    except TypeError:
        # SQLite keeps any type in any column: such a row was edited by hand.
        digest = None
    _, chain, seq, *_, previous_hash, given, sealed, _ = columns
    return Link(chain, seq, previous_hash, given, sealed, digest)


def _canonical(columns: tuple[Any, ...], hash_member: str, seal_member: str) -> str:
    (_, chain, seq, at, actor, action, target, outcome, reason, *rest) = columns
    (policy_id, revision, commit, previous_hash, _, _, detail) = rest
    policy = "null"
    if (policy_id, revision, commit) != _NO_POLICY:
        policy = (
            f'{{"commit":{_or_null(commit)},"id":{_or_null(policy_id)}'
            f',"revision":{_or_null(revision)}}}'
        )
    return (
        f'{{"action":{quoted(action)},"actor":{quoted(actor)},"at":{quoted(at)}'
        f',"chain":{quoted(chain)},"detail":{detail}{hash_member}'
        f',"outcome":{quoted(outcome)},"policy":{policy}'
        f',"previous_hash":{quoted(previous_hash)},"reason":{quoted(reason)}'
        f'{seal_member},"seq":{seq},"target":{quoted(target)}}}'
    )


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def row_from_tally(tally: Tally) -> dict[str, object]:
    return {
        "chain": tally.chain,
        "action": tally.action.value,
        "label": tally.label,
        "number": tally.number,
    }


def tally_from_row(row: Row[Any]) -> Tally:
    return Tally(
        chain=row.chain,
        action=AuditAction(row.action),
        label=row.label,
        number=row.number,
    )
