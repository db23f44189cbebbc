"""Who may do what: keys and their roles."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a key may do; each includes the ones before it."""

    VIEWER = "viewer"  # reads
    OPERATOR = "operator"  # checks, acknowledges, silences, approves, lowers, pauses
    ADMIN = "admin"  # raises, resumes, adopts, reverts, writes policies and keys

    def allows(self, needed: "Role") -> bool:
        """Say whether this role includes the needed one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of our REST API; only the SHA-256 of its text is kept."""

    id: str
    name: str
    role: Role
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Say whether the key opens anything at this moment."""
        if self.revoked_at is not None:
            return False
        return self.expires_at is None or now < self.expires_at
