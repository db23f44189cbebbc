"""Limit changes: one intended write to the provider, and who may move it where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from service.domain.errors import Conflict
from service.domain.identity import stable_id
from service.domain.usage import SpendLimit


class ChangeKind(StrEnum):
    """Why a limit moves; in the order in which they win over each other."""

    MANUAL = "manual"  # a person, over the API or the command line
    CAP = "cap"
    SET = "set"
    REVERT = "revert"  # back to where it was before somebody moved it outside
    EXPIRY = "expiry"  # a raise that ended is taken back
    RESTORE = "restore"  # the baseline, at the start of a period
    TRACK = "track"  # after what healthy spend needs
    RAISE = "raise"


class ChangeState(StrEnum):
    """Where a limit change stands."""

    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"  # a person was asked
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"  # nobody answered; goes on where the policy says `apply`
    REQUESTED = "requested"  # the intent is committed; the provider may have it
    APPLIED = "applied"  # read back and in force
    FAILED = "failed"
    UNKNOWN = "unknown"  # not readable; settled by the next good read
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a wanted change was not carried out."""

    OBSERVE_MODE = "observe_mode"
    COOLDOWN = "cooldown"
    GUARDRAIL = "guardrail"
    PAUSED = "paused"
    DOUBTFUL_DATA = "doubtful_data"
    OVERRIDDEN = "overridden"
    DRIFT = "drift"  # moved outside, and a person has yet to say what is to be
    CIRCUIT_OPEN = "circuit_open"
    SUPERSEDED = "superseded"
    NO_CHANGE = "no_change"


class FailReason(StrEnum):
    """How a requested change ended without being in force."""

    NOT_IN_FORCE = "not_in_force"  # after the deadline the old value still stood
    OVERTAKEN = "overtaken"  # somebody else's value stood
    REJECTED = "rejected"  # the provider said no


# A failed change may still arrive late (§5: within the hour it matches its intent).
_MOVES: Mapping[ChangeState, frozenset[ChangeState]] = {
    ChangeState.PLANNED: frozenset(
        {ChangeState.AWAITING_APPROVAL, ChangeState.REQUESTED, ChangeState.SKIPPED}
    ),
    ChangeState.AWAITING_APPROVAL: frozenset(
        {
            ChangeState.APPROVED,
            ChangeState.DENIED,
            ChangeState.EXPIRED,
            ChangeState.SKIPPED,
        }
    ),
    ChangeState.APPROVED: frozenset({ChangeState.REQUESTED, ChangeState.SKIPPED}),
    ChangeState.EXPIRED: frozenset({ChangeState.REQUESTED, ChangeState.SKIPPED}),
    ChangeState.DENIED: frozenset(),
    ChangeState.REQUESTED: frozenset(
        {
            ChangeState.APPLIED,
            ChangeState.FAILED,
            ChangeState.UNKNOWN,
            ChangeState.SKIPPED,
        }
    ),
    ChangeState.UNKNOWN: frozenset({ChangeState.APPLIED, ChangeState.FAILED}),
    ChangeState.FAILED: frozenset({ChangeState.APPLIED}),
    ChangeState.APPLIED: frozenset(),
    ChangeState.SKIPPED: frozenset(),
}


def require_move(before: ChangeState, after: ChangeState) -> None:
    """Raise `Conflict` unless a change may go from one state to the other."""
    if after not in _MOVES[before]:
        raise Conflict(f"a limit change cannot go from {before} to {after}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """One intended write of an organization's spend limit.

    `exact` is the amount before rounding to whole units, in the organization's
    currency. `reason` is a `SkipReason`, a `FailReason` or, for a manual change, the
    person's own words in `note`. `alert_id` is the firing that asked for it,
    `approval_id` the request by which a person was asked first.
    `expires_at` is when a raise ends, or a person's word; `due_at` when the end of a
    raise is to be carried out, whose `period` and policy are those of the raise.
    `below_spend` says that a person lowered it below the spend, and insisted.
    """

    id: str
    organization: str
    kind: ChangeKind
    state: ChangeState
    before: SpendLimit | None
    after: SpendLimit | None
    planned_at: datetime
    requested_by: str
    period: str
    exact: Decimal | None = None
    policy_id: str | None = None
    threshold_id: str | None = None
    alert_id: str | None = None
    requested_at: datetime | None = None
    settled_at: datetime | None = None
    observed: SpendLimit | None = None
    reason: str = ""
    note: str = ""
    expires_at: datetime | None = None
    due_at: datetime | None = None
    approval_id: str | None = None
    below_spend: bool = False

    @property
    def is_automatic(self) -> bool:
        """Say whether nobody asked for it."""
        if self.kind is ChangeKind.REVERT:
            return self.requested_by.startswith("system:")
        return self.kind is not ChangeKind.MANUAL

    @property
    def is_restore(self) -> bool:
        """Say whether it brings the baseline back."""
        return self.kind is ChangeKind.RESTORE

    @property
    def is_unsettled(self) -> bool:
        """Say whether the provider may have it without our knowing."""
        return self.state in {ChangeState.REQUESTED, ChangeState.UNKNOWN}


def is_news(change: LimitChange) -> bool:
    """Say whether a change that waits for an approval has begun or ended."""
    return (
        change.state is ChangeState.AWAITING_APPROVAL or change.settled_at is not None
    )


def change_id(organization: str, origin: str, occasion: str) -> str:
    """Give the id of what one origin (a firing, a person) asked for at one occasion.

    The occasion is a check or a request: none of them comes twice.
    """
    return stable_id("lc", organization, origin, occasion)


def is_raise(before: SpendLimit | None, after: SpendLimit | None) -> bool:
    """Say whether a change loosens the limit."""
    if before is None or after is None or before.amount is None:
        return False
    return after.amount is None or after.amount.amount > before.amount.amount
