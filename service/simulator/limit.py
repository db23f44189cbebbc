"""The provider's spend limit of one organization and everybody who moved it."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.simulator.configuration import stable_uuid

AUDIT_EVENT = "billing.monthly_limit.updated"
AUDIT_TARGET = "MONTHLY_LIMIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A monthly limit in whole units; `amount` is kept while unlimited."""

    amount: int
    unlimited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who moves the limit: the admin key, or a person in the console."""

    kind: str
    name: str
    email: str | None = None

    @property
    def label(self) -> str:
        return f"{self.kind.lower()}:{self.email or self.name}"

    @property
    def metadata(self) -> dict[str, str]:
        kept = {"name": self.name, "user_uuid": stable_uuid("actor", self.label)}
        return kept if self.email is None else {**kept, "email": self.email}


def api_key(name: str) -> Actor:
    return Actor(kind="API_KEY", name=name)


def console_user(email: str) -> Actor:
    name = email.partition("@")[0].replace(".", " ").title()
    return Actor(kind="HUMAN", name=name, email=email)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitMove:
    """A change of the limit that really came into force."""

    organization: str
    at: datetime
    before: Limit
    after: Limit
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry of the provider's own audit log."""

    log_id: int
    at: datetime
    actor: Actor
    event_type: str
    target_type: str
    event_metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """A change that was accepted and comes into force later."""

    due_at: datetime
    limit: Limit
    actor: Actor


class LimitBook:
    """The limit in force, its history and its audit entries."""

    def __init__(self, organization: str, limit: Limit, *, lag: timedelta) -> None:
        self.limit = limit
        self.history: list[LimitMove] = []
        self.audit: list[AuditLine] = []
        self._organization = organization
        self._lag = lag
        self._late: list[_Late] = []
        self._numbers = itertools.count(1)
        self._flag_until: datetime | None = None

    def move(
        self, limit: Limit, actor: Actor, at: datetime, *, spent_out: bool
    ) -> None:
        """Put `limit` in force at `at`; a repeat of the same value is audited too."""
        before, self.limit = self.limit, limit
        if before != limit:
            self.history.append(
                LimitMove(
                    organization=self._organization,
                    at=at,
                    before=before,
                    after=limit,
                    actor=actor.label,
                )
            )
        if spent_out:
            self._flag_until = at + self._lag
        self.audit.append(
            AuditLine(
                log_id=next(self._numbers),
                at=at,
                actor=actor,
                event_type=AUDIT_EVENT,
                target_type=AUDIT_TARGET,
                event_metadata=_change(before, limit),
            )
        )

    def move_later(self, limit: Limit, actor: Actor, due_at: datetime) -> None:
        """Keep a change that comes into force at `due_at`."""
        self._late.append(_Late(due_at=due_at, limit=limit, actor=actor))

    @property
    def is_waiting(self) -> bool:
        return bool(self._late)

    def settle(self, at: datetime, *, spent_out: bool) -> None:
        """Put in force what is due at `at`."""
        due = [late for late in self._late if late.due_at <= at]
        self._late = [late for late in self._late if late.due_at > at]
        for late in due:
            self.move(late.limit, late.actor, late.due_at, spent_out=spent_out)

    def flag_lingers(self, at: datetime) -> bool:
        """Say whether the flag still shows a limit that was reached before."""
        return self._flag_until is not None and at < self._flag_until


def _change(before: Limit, after: Limit) -> dict[str, str]:
    return {
        "previous_amount": str(before.amount),
        "previous_no_monthly_limit": str(before.unlimited).lower(),
        "amount": str(after.amount),
        "no_monthly_limit": str(after.unlimited).lower(),
    }
