"""Raises that end: their end is planned with them, and carried out when it is due.

A raise with `expires` is taken back by itself (F18): to where the limit would stand
without the raises that have ended, never below the spend with a day's need, and only
while the limit is ours. What cannot be done yet is tried again at every check.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    SkipReason,
    change_id,
)
from service.domain.limit_ground import Ground, Move
from service.domain.limit_replay import without_ended
from service.domain.limit_rules import blocked, held_by_drift
from service.domain.money import Money, whole_down, whole_up
from service.domain.state import OrganizationState, RaiseEnd
from service.domain.usage import FigureState, SpendLimit

_TOLD_WHEN_OVER = frozenset({SkipReason.OVERRIDDEN})
# Doubt has an alert of its own, and a failure was told.
_TOLD_WHEN_HELD = frozenset(
    {SkipReason.PAUSED, SkipReason.CIRCUIT_OPEN, SkipReason.GUARDRAIL}
)


def follow_up(
    change: LimitChange, now: datetime, period_end: datetime
) -> LimitChange | None:
    """Plan what must come after a change that ended; None where nothing must.

    After a raise that ends, its end; after an end that could not be carried out, the
    same again; after one that the spend cut short, the rest at the next period.
    """
    if change.state is ChangeState.APPLIED and change.kind is ChangeKind.RAISE:
        return None if change.expires_at is None else _end_of(change, now)
    if change.kind is not ChangeKind.EXPIRY:
        return None
    if change.state is ChangeState.APPLIED:
        return _rest_of(change, now, period_end)
    is_over = change.reason == FailReason.OVERTAKEN
    if change.state in {ChangeState.FAILED, ChangeState.SKIPPED} and not is_over:
        return _planned(change, "again", now)
    return None


def follow_ups(
    ended: Iterable[LimitChange], now: datetime, period_end: datetime
) -> tuple[LimitChange, ...]:
    """Give what must come after changes that ended."""
    planned = (follow_up(each, now, period_end) for each in ended)
    return tuple(each for each in planned if each is not None)


def _end_of(raised: LimitChange, now: datetime) -> LimitChange:
    end = _planned(raised, "expiry", now)
    return replace(
        end, before=raised.after, after=raised.before, due_at=raised.expires_at
    )


def _rest_of(
    ended: LimitChange, now: datetime, period_end: datetime
) -> LimitChange | None:
    reached = None if ended.after is None else ended.after.amount
    if reached is None or ended.exact is None:
        return None
    lowest = whole_up(ended.exact)
    if reached.amount <= lowest:
        return None
    rest = _planned(ended, "rest", now)
    after = SpendLimit(Money(lowest, reached.currency))
    return replace(rest, before=ended.after, after=after, due_at=period_end)


def _planned(origin: LimitChange, what: str, now: datetime) -> LimitChange:
    return replace(
        origin,
        id=change_id(origin.organization, origin.id, what),
        kind=ChangeKind.EXPIRY,
        state=ChangeState.PLANNED,
        planned_at=now,
        alert_id=None,
        exact=None,
        requested_at=None,
        settled_at=None,
        observed=None,
        reason="",
        note="",
        expires_at=None,
        approval_id=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Ends that are due together, the newest first, and the one change they make."""

    ends: tuple[LimitChange, ...]
    move: Move

    def planned(self, ground: Ground) -> LimitChange:
        """Give the newest end as the change that is carried out now."""
        currency = ground.organization.currency
        return replace(
            self.ends[0],
            before=ground.limit,
            after=SpendLimit(Money(self.move.target, currency)),
            exact=self.move.exact,
            reason="",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """What a check makes of the ends that are planned.

    `planned` are those that this check first planned; `dropped` will not be carried
    out any more; `held` are due and wait, for a reason that was not recorded before.
    """

    pending: tuple[LimitChange, ...]
    planned: tuple[LimitChange, ...] = ()
    due: Ending | None = None
    dropped: tuple[LimitChange, ...] = ()
    held: tuple[LimitChange, ...] = ()
    first_held: tuple[LimitChange, ...] = ()

    def carried_out_by(self, change: LimitChange | None, now: datetime) -> "Endings":
        """Give them after the check's one change was chosen."""
        if self.due is None or change is None or change.kind is not ChangeKind.EXPIRY:
            return self
        others = (_dropped(each, SkipReason.SUPERSEDED, now) for each in self.due.ends)
        gone = tuple(each for each in others if each.id != change.id)
        return replace(self, dropped=(*self.dropped, *gone))

    @property
    def to_save(self) -> tuple[LimitChange, ...]:
        """Give the ends that are new or changed, each once and as it stands now."""
        changed = (*self.planned, *self.held, *self.dropped)
        return tuple({each.id: each for each in changed}.values())

    @property
    def to_tell(self) -> tuple[LimitChange, ...]:
        """Give those a person should hear of: told once, and only what is news."""
        over = (each for each in self.dropped if each.reason in _TOLD_WHEN_OVER)
        waiting = (each for each in self.first_held if each.reason in _TOLD_WHEN_HELD)
        return (*over, *waiting)

    def remembered(self, state: OrganizationState) -> OrganizationState:
        """Give the memory with the ends that are still to come."""
        gone = {each.id for each in self.dropped}
        ends = tuple(
            RaiseEnd(change_id=each.id, ends_at=each.due_at)
            for each in self.pending
            if each.id not in gone and each.due_at is not None
        )
        return replace(state, raise_ends=ends)


def endings_of(ground: Ground, planned: tuple[LimitChange, ...] = ()) -> Endings:
    """Look at every planned end: what is over, what waits, and what is done now."""
    pending = tuple(
        each
        for each in ground.changes
        if each.kind is ChangeKind.EXPIRY and each.state is ChangeState.PLANNED
    )
    verdicts = [(each, _gone(each, ground)) for each in pending]
    dropped = [_dropped(end, why, ground.now) for end, why in verdicts if why]
    due = [end for end, why in verdicts if why is None and _is_due(end, ground.now)]
    found = Endings(pending=pending, planned=planned, dropped=tuple(dropped))
    # The baseline says where the limit belongs: one change, and that one (§5).
    if not due or ground.state.wants_baseline:
        return found
    move = end_move(ground)
    if isinstance(move, Move):
        return replace(found, due=Ending(ends=tuple(reversed(due)), move=move))
    if move is SkipReason.NO_CHANGE:
        over = (_dropped(each, move, ground.now) for each in due)
        return replace(found, dropped=(*dropped, *over))
    held = [replace(each, reason=move.value) for each in due]
    changed = tuple(each for each in held if each not in due)
    new = {each.id for each in due if not each.reason}
    first = tuple(each for each in changed if each.id in new)
    return replace(found, held=changed, first_held=first)


def _is_due(end: LimitChange, now: datetime) -> bool:
    return end.due_at is not None and end.due_at <= now


def _gone(end: LimitChange, ground: Ground) -> SkipReason | None:
    """Say why an end will never be carried out, None if it may be."""
    state = ground.state
    if state.override is not None and state.override.set_at >= end.planned_at:
        return SkipReason.OVERRIDDEN
    has_baseline = ground.guardrails.baseline_limit is not None
    if has_baseline and not state.wants_baseline and end.period != state.period:
        return SkipReason.SUPERSEDED
    return None


def _dropped(end: LimitChange, why: SkipReason, now: datetime) -> LimitChange:
    return replace(end, state=ChangeState.SKIPPED, reason=why.value, settled_at=now)


def end_move(ground: Ground) -> Move | SkipReason:
    """Take back the raises that have ended, or say why not now.

    `NO_CHANGE` says that nothing of them is left. To the greater of the limit without
    them and the spend with a day's need, rounded up; never up, never on doubt.
    """
    reason = blocked(ground) or held_by_drift(ground)
    if reason is not None:
        return reason
    if ground.figure.state is not FigureState.KNOWN:
        return SkipReason.DOUBTFUL_DATA
    limit = ground.limit
    exact = without_ended(ground.changes, ground.state, ground.now)
    if limit is None or limit.amount is None or exact is None:
        return SkipReason.NO_CHANGE
    observed = limit.amount.amount
    if whole_up(exact) >= observed:
        return SkipReason.NO_CHANGE
    target = _lowest(ground, exact)
    if target >= observed or any(target > ceiling for ceiling in ground.ceilings):
        return SkipReason.GUARDRAIL
    return Move(kind=ChangeKind.EXPIRY, target=target, exact=exact, is_lowering=True)


def _lowest(ground: Ground, exact: Decimal) -> Decimal:
    spend = ground.figure.upper or Decimal(0)
    floor = ground.guardrails.min_limit or Decimal(0)
    target = whole_up(max(exact, spend + ground.day_need))
    if ground.ceilings:
        # A day's need is a wish; a ceiling binds, and the spend binds more.
        target = min(target, whole_down(min(ground.ceilings)))
    return max(target, whole_up(max(spend, floor)))


def end_remembered(
    state: OrganizationState, ended: LimitChange, planned: LimitChange | None
) -> OrganizationState:
    """Give the memory after a change ended and its follow-up was planned."""
    ends = [each for each in state.raise_ends if each.change_id != ended.id]
    if planned is not None and planned.due_at is not None:
        ends.append(RaiseEnd(change_id=planned.id, ends_at=planned.due_at))
    return replace(state, raise_ends=tuple(ends))
