"""Approvals: a person is asked before a limit change is carried out.

`pending → approved | denied | expired | superseded`, and `used` once it was carried
out. Nobody's silence is told as a person's no: who decided is named, or nobody did.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from service.domain.effect import OnExpiry
from service.domain.errors import (
    AlreadyDecided,
    ApprovalExpired,
    InvalidInput,
    OwnRequest,
)
from service.domain.identity import stable_id
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.notification import Figures
from service.domain.policy import Severity
from service.domain.usage import SpendLimit

# A person's own wish has no policy to say how long there is to answer.
WISH_EXPIRES = timedelta(hours=24)


class ApprovalState(StrEnum):
    """Where a request for approval stands."""

    PENDING = "pending"
    APPROVED = "approved"  # by a person; to be carried out
    DENIED = "denied"  # by a person
    EXPIRED = "expired"  # nobody answered in time
    SUPERSEDED = "superseded"  # nothing was left to approve
    USED = "used"  # carried out, once


class SupersededBy(StrEnum):
    """Why nothing was left to approve."""

    FIRING_ENDED = "firing_ended"
    POLICY_CHANGED = "policy_changed"  # it wants something else now, or asks nobody
    LIMIT_REACHED = "limit_reached"  # the limit already stands there, or beyond
    ABOVE_CEILING = "above_ceiling"  # a ceiling came down since
    TOO_LATE = "too_late"  # the time for which it was wanted is over
    CURRENCY_CHANGED = "currency_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A request to carry out one limit change, with all that the answer rests on.

    `before` and `after` are the limit as it stood and as it is to be: nothing further
    is ever carried out. `figures` are those of the moment it was asked; `reason` is why
    the threshold fired, or a person's own words. A person's wish has no `alert_id`;
    `override_until` is how long it is to hold then. `channels` are who was asked, and
    hears the answer. `change_id` is the newest try to carry it out.
    """

    id: str
    organization: str
    state: ApprovalState
    kind: ChangeKind
    change_id: str
    before: SpendLimit | None
    after: SpendLimit
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    on_expiry: OnExpiry
    reason: str
    severity: Severity
    channels: tuple[str, ...]
    policy_id: str | None = None
    threshold_id: str | None = None
    alert_id: str | None = None
    override_until: datetime | None = None
    figures: Figures | None = None
    reminded_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str = ""
    ended_at: datetime | None = None
    ended_reason: str = ""

    @property
    def target(self) -> Decimal:
        """Give the limit that is asked for; raise `InvalidInput` for an unlimited one.

        Nobody can ask for that: it is a person's own act (§5).
        """
        if self.after.amount is None:
            raise InvalidInput(f"{self.id} asks for no limit at all")
        return self.after.amount.amount

    @property
    def is_lowering(self) -> bool:
        """Say whether the limit is to come down; a person's wish is for more."""
        before = None if self.before is None else self.before.amount
        if self.is_wish:
            return False
        return before is None or self.target < before.amount

    @property
    def is_wish(self) -> bool:
        """Say whether a person asked for it, and no policy."""
        return self.alert_id is None

    @property
    def is_in_force(self) -> bool:
        """Say whether it may be carried out now."""
        if self.state is ApprovalState.EXPIRED:
            return self.on_expiry is OnExpiry.APPLY
        return self.state is ApprovalState.APPROVED

    @property
    def is_open(self) -> bool:
        """Say whether anything may still come of it."""
        return self.state is ApprovalState.PENDING or self.is_in_force

    def is_reached(self, limit: SpendLimit | None) -> bool:
        """Say whether a limit already stands where this one asks for, or beyond."""
        if limit is None:
            return False
        if limit.amount is None:
            return not self.is_lowering
        standing = limit.amount.amount
        return standing <= self.target if self.is_lowering else standing >= self.target


def approval_id(origin: str, number: int) -> str:
    """Give the id of what one origin (a firing, a person) asks for the n-th time."""
    return stable_id("ap", origin, number)


def answer(
    approval: Approval, *, is_granted: bool, actor: str, note: str, now: datetime
) -> Approval:
    """Give a request as a person decided it.

    Raises `OwnRequest` for who asked, `ApprovalExpired` and `AlreadyDecided`.
    """
    if actor == approval.requested_by:
        raise OwnRequest("nobody decides on their own request")
    if approval.state is ApprovalState.PENDING and now < approval.expires_at:
        state = ApprovalState.APPROVED if is_granted else ApprovalState.DENIED
        return replace(
            approval,
            state=state,
            decided_by=actor,
            decided_at=now,
            note=note,
            ended_at=None if is_granted else now,
        )
    if approval.state in {ApprovalState.PENDING, ApprovalState.EXPIRED}:
        raise ApprovalExpired(
            f"{approval.id} expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC:"
            " nobody had answered"
        )
    raise AlreadyDecided(f"{approval.id} {ending(approval)} already")


def ending(approval: Approval) -> str:
    """Say what became of a request that nobody can answer any more, and by whom."""
    by = "" if approval.decided_by is None else f" by {approval.decided_by}"
    if approval.state is not ApprovalState.USED:
        return f"is {approval.state}{by}"
    why = approval.ended_reason.replace("_", " ")
    done = f"tried: {why}" if why else "carried out"
    return f"was approved{by} and {done}" if by else f"was {done}"


def expire(approval: Approval, now: datetime) -> Approval:
    """Give a pending request as nobody's answer in time leaves it."""
    goes_on = approval.on_expiry is OnExpiry.APPLY
    return replace(
        approval,
        state=ApprovalState.EXPIRED,
        ended_at=None if goes_on else now,
    )


def supersede(approval: Approval, reason: SupersededBy, now: datetime) -> Approval:
    """Give an open request of which nothing is left."""
    return replace(
        approval, state=ApprovalState.SUPERSEDED, ended_at=now, ended_reason=reason
    )


def use(approval: Approval, change: LimitChange, now: datetime) -> Approval:
    """Give a request after a try to carry it out: used up, or as it was.

    What a policy wants is tried again after a failure, as without an approval; a
    person's wish is tried once, as a limit set by hand.
    """
    is_done = change.state is ChangeState.APPLIED
    is_given_up = approval.is_wish and change.state is ChangeState.FAILED
    if not approval.is_in_force or not (is_done or is_given_up):
        return approval
    reason = "" if is_done else change.reason
    return replace(
        approval, state=ApprovalState.USED, ended_at=now, ended_reason=reason
    )


def wants_reminder(approval: Approval, now: datetime) -> bool:
    """Say whether half of the time to answer has passed, unsaid so far."""
    halfway = approval.requested_at + (approval.expires_at - approval.requested_at) / 2
    return (
        approval.state is ApprovalState.PENDING
        and approval.reminded_at is None
        and now >= halfway
    )


_CHANGE_STATES = {
    ApprovalState.APPROVED: ChangeState.APPROVED,
    ApprovalState.DENIED: ChangeState.DENIED,
    ApprovalState.EXPIRED: ChangeState.EXPIRED,
    ApprovalState.SUPERSEDED: ChangeState.SKIPPED,
}
_BEFORE_ITS_REQUEST = frozenset(
    {ChangeState.AWAITING_APPROVAL, ChangeState.APPROVED, ChangeState.EXPIRED}
)


def is_waiting(change: LimitChange) -> bool:
    """Say whether a change was asked for and not yet tried."""
    return change.state in _BEFORE_ITS_REQUEST


def followed(change: LimitChange, approval: Approval) -> LimitChange:
    """Give the change as its approval leaves it; one already tried stays as it is."""
    state = _CHANGE_STATES.get(approval.state)
    if state is None or state is change.state or not is_waiting(change):
        return change
    reason = approval.state.value if approval.ended_at is not None else ""
    return replace(change, state=state, settled_at=approval.ended_at, reason=reason)
