"""The audit log: entries chained by hash, so that a stranger can verify them.

`hash` is the SHA-256 of the canonical JSON (RFC 8785) of all fields but `hash` and
`seal`; `previous_hash` of a chain's first entry is 64 zeros. No floats ever occur, so
sorted ASCII keys, no white space and UTF-8 are all that the canonical form asks.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

Json: TypeAlias = (
    "str | int | bool | Mapping[str, Json] | list[Json] | tuple[Json, ...] | None"
)

FIRST_PREVIOUS_HASH = "0" * 64
# The chain of what belongs to no organization: policies, keys, pause, the service.
SYSTEM_CHAIN = "system"
# Who acts where no person asked: checks and what follows from them.
SCHEDULER = "system:scheduler"


class AuditAction(StrEnum):
    """What can be recorded; past entries keep their words for ever."""

    SERVICE_STARTED = "service:started"
    SERVICE_STOPPED = "service:stopped"
    POLICY_LOADED = "policy:loaded"
    POLICY_REFUSED = "policy:refused"
    POLICY_PUT = "policy:put"
    POLICY_RETIRED = "policy:retired"
    POLICY_HISTORY_ACCEPTED = "policy:history:accepted"
    CHECK_COMPLETED = "check:completed"
    ALERT_PENDING = "alert:pending"
    ALERT_FIRED = "alert:fired"
    ALERT_RESOLVED = "alert:resolved"
    ALERT_REMINDED = "alert:reminded"
    ALERT_ACKNOWLEDGED = "alert:acknowledged"
    ALERT_MUTED = "alert:muted"
    ALERT_UNMUTED = "alert:unmuted"
    SILENCE_CREATED = "silence:created"
    SILENCE_EXPIRED = "silence:expired"
    USAGE_MONTH_READ = "usage:month:read"
    USAGE_RESTATED = "usage:restated"
    PERIOD_STARTED = "period:started"
    LIMIT_REFERENCE_SEEN = "spend_limit:reference:seen"
    LIMIT_REFERENCE_ADOPTED = "spend_limit:reference:adopted"
    DRIFT_SEEN = "spend_limit:drift:seen"
    DRIFT_NAMED = "spend_limit:drift:named"
    DRIFT_REVERTED = "spend_limit:drift:reverted"
    DRIFT_ENDED = "spend_limit:drift:ended"
    LIMIT_CHANGE_PLANNED = "spend_limit:change:planned"
    LIMIT_CHANGE_REQUESTED = "spend_limit:change:requested"
    LIMIT_CHANGE_APPLIED = "spend_limit:change:applied"
    LIMIT_CHANGE_FAILED = "spend_limit:change:failed"
    LIMIT_CHANGE_UNKNOWN = "spend_limit:change:unknown"
    LIMIT_CHANGE_SKIPPED = "spend_limit:change:skipped"
    TRACKING_RELEASED = "spend_limit:tracking:released"
    CIRCUIT_OPENED = "spend_limit:circuit:opened"
    CIRCUIT_CLOSED = "spend_limit:circuit:closed"
    APPROVAL_REQUESTED = "approval:requested"
    APPROVAL_REMINDED = "approval:reminded"
    APPROVAL_GRANTED = "approval:granted"
    APPROVAL_DENIED = "approval:denied"
    APPROVAL_EXPIRED = "approval:expired"
    APPROVAL_SUPERSEDED = "approval:superseded"
    APPROVAL_USED = "approval:used"
    NOTIFICATION_QUEUED = "notification:queued"
    NOTIFICATION_DELIVERED = "notification:delivered"
    NOTIFICATION_FAILED = "notification:failed"
    NOTIFICATION_ABANDONED = "notification:abandoned"
    NOTIFICATION_REDIRECTED = "notification:redirected"
    NOTIFICATION_MERGED = "notification:merged"
    NOTIFICATION_RETRIED = "notification:retried"
    CHANNEL_TESTED = "channel:tested"
    KEY_CREATED = "key:created"
    KEY_REVOKED = "key:revoked"
    KEY_REFUSED = "key:refused"
    AUTOMATION_PAUSED = "automation:paused"
    AUTOMATION_RESUMED = "automation:resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReference:
    """The policy a fact follows from, in the revision that was in force."""

    id: str
    revision: str
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, before it has its place in a chain."""

    chain: str
    at: datetime
    actor: str  # user:… | key:… | system:…
    action: AuditAction
    target: str  # "organization:acme", "alert:al_…"
    outcome: str
    reason: str = ""
    policy: PolicyReference | None = None
    detail: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A fact in its place: numbered from 1 within its chain, and hashed."""

    seq: int
    fact: Fact
    previous_hash: str
    hash: str
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a chain; noted elsewhere, it proves that none is gone."""

    chain: str
    seq: int
    hash: str


def timestamp(at: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with microseconds, always of one length."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def body(seq: int, fact: Fact, previous_hash: str) -> dict[str, Json]:
    """Give what is hashed: every field of an entry but `hash` and `seal`."""
    policy: Json = None
    if fact.policy is not None:
        policy = {
            "id": fact.policy.id,
            "revision": fact.policy.revision,
            "commit": fact.policy.commit,
        }
    return {
        "seq": seq,
        "chain": fact.chain,
        "at": timestamp(fact.at),
        "actor": fact.actor,
        "action": fact.action.value,
        "target": fact.target,
        "outcome": fact.outcome,
        "reason": fact.reason,
        "policy": policy,
        "detail": fact.detail if fact.detail is not None else {},
        "previous_hash": previous_hash,
    }


def canonical(value: Json) -> bytes:
    """Write JSON as RFC 8785 does (for values without floats)."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def chain(
    previous: AuditEntry | None, fact: Fact, *, seal_key: bytes | None = None
) -> AuditEntry:
    """Put a fact behind the last entry of its chain (None when it is the first)."""
    seq = 1 if previous is None else previous.seq + 1
    previous_hash = FIRST_PREVIOUS_HASH if previous is None else previous.hash
    digest = sha256(canonical(body(seq, fact, previous_hash))).hexdigest()
    entry = AuditEntry(seq=seq, fact=fact, previous_hash=previous_hash, hash=digest)
    if seal_key is None:
        return entry
    return replace(entry, seal=seal(digest, seal_key))


def seal(digest: str, key: bytes) -> str:
    """Give the HMAC-SHA256 of an entry's hash, which needs the key to forge."""
    return hmac.new(key, digest.encode(), sha256).hexdigest()
