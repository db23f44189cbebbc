"""What a person may do about keys of the REST API, and what is kept of their use.

The text of a key exists in the answer that creates it and nowhere else: only its
SHA-256 is stored, and neither is ever recorded.
"""

import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service.domain.access import ApiKey, Role
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact, timestamp
from service.domain.errors import Conflict, InvalidInput, NotFound
from service.domain.identity import stable_id
from service.ports import Services

# The name of the key that the settings give; nobody else may take it.
ADMIN_KEY_NAME = "admin"
# A write for each read would be a waste; a minute tells as much (§8: "last use").
TOUCH_EVERY = timedelta(minutes=1)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SECRET_BYTES = 32  # 43 characters of url-safe base64


class Refusal(StrEnum):
    """Why somebody was not let in."""

    NO_KEY = "no_key"
    UNKNOWN_KEY = "unknown_key"
    ENDED_KEY = "ended_key"  # expired or revoked
    WRONG_SIGNATURE = "wrong_signature"  # of a webhook


def digest_of(text: str) -> str:
    """Give what is stored of a key: the SHA-256 of its text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def create_key(
    services: Services,
    *,
    actor: str,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and give it with its text, which cannot be had again.

    Raises `InvalidInput` for a malformed name or an expiry in the past, `Conflict`
    when a valid key has the name: the audit log names who acted by it.
    """
    now = services.clock.now()
    _require_name(services, name, now)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expires_at must be in the future")
    text = "sg_" + secrets.token_urlsafe(_SECRET_BYTES)
    key = ApiKey(
        id=stable_id("key", digest_of(text)),
        name=name,
        role=role,
        digest=digest_of(text),
        created_at=now,
        expires_at=expires_at,
    )
    with services.transaction() as unit:
        unit.save_key(key)
        unit.record(_fact(key, AuditAction.KEY_CREATED, actor, now))
    return key, text


def _require_name(services: Services, name: str, now: datetime) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "a key's name has 1 to 100 letters, digits, dots, dashes or underscores"
        )
    if name == ADMIN_KEY_NAME:
        raise Conflict(f"{name!r} is the name of the key from the settings")
    keys = services.queries.keys()
    if any(key.name == name and key.is_valid(now) for key in keys):
        raise Conflict(f"a valid key is already called {name!r}")


def revoke_key(services: Services, *, actor: str, key_id: str) -> ApiKey:
    """End a key at once; a second time changes nothing. Raises `NotFound`."""
    keys = services.queries.keys()
    found = next((key for key in keys if key.id == key_id), None)
    if found is None:
        raise NotFound(f"no key has the id {key_id!r}")
    if found.revoked_at is not None:
        return found
    now = services.clock.now()
    revoked = replace(found, revoked_at=now)
    with services.transaction() as unit:
        unit.save_key(revoked)
        unit.record(_fact(revoked, AuditAction.KEY_REVOKED, actor, now))
    return revoked


def ensure_admin_key(services: Services, text: str) -> None:
    """Make the key that the settings name the one called `admin`.

    Does nothing when it is known, revoked or not; another text than before ends the
    one before, so that changing the setting changes the lock.
    """
    digest = digest_of(text)
    if services.queries.key_by_digest(digest) is not None:
        return
    now = services.clock.now()
    keys = services.queries.keys()
    key = ApiKey(
        id=stable_id("key", digest),
        name=ADMIN_KEY_NAME,
        role=Role.ADMIN,
        digest=digest,
        created_at=now,
    )
    before = [
        replace(old, revoked_at=now)
        for old in keys
        if old.name == ADMIN_KEY_NAME and old.is_valid(now)
    ]
    actor = "system:settings"
    with services.transaction() as unit:
        for old in before:
            unit.save_key(old)
            unit.record(_fact(old, AuditAction.KEY_REVOKED, actor, now))
        unit.save_key(key)
        unit.record(_fact(key, AuditAction.KEY_CREATED, actor, now))


def touch_key(services: Services, key: ApiKey) -> None:
    """Remember that a key was used just now, at most once a minute."""
    now = services.clock.now()
    if key.last_used_at is not None and now - key.last_used_at < TOUCH_EVERY:
        return
    with services.transaction() as unit:
        unit.touch_key(key.id, now)


def record_refusal(
    services: Services, *, address: str, reason: Refusal, key: ApiKey | None
) -> None:
    """Record that somebody at an address was not let in; the caller bounds how often.

    `key` is the one that has ended, where that was the reason.
    """
    with services.transaction() as unit:
        unit.record(
            Fact(
                chain=SYSTEM_CHAIN,
                at=services.clock.now(),
                actor="user:unknown" if key is None else f"key:{key.name}",
                action=AuditAction.KEY_REFUSED,
                target=f"address:{address}",
                outcome="refused",
                reason=reason.value,
            )
        )


def _fact(key: ApiKey, action: AuditAction, actor: str, now: datetime) -> Fact:
    expiry = None if key.expires_at is None else timestamp(key.expires_at)
    return Fact(
        chain=SYSTEM_CHAIN,
        at=now,
        actor=actor,
        action=action,
        target=f"key:{key.name}",
        outcome="created" if action is AuditAction.KEY_CREATED else "revoked",
        detail={"id": key.id, "role": key.role.value, "expires_at": expiry},
    )
