"""Intents against what is observed: settled changes, late arrivals, and drift.

A POST that was cut off may have happened. Only a read decides (§5): the value asked for
is `applied`; after the deadline the old one is `not_in_force`, any other `overtaken`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    SkipReason,
    is_raise,
    require_move,
)
from service.domain.state import OrganizationState, Override
from service.domain.usage import SpendLimit

DEADLINE = timedelta(seconds=30)
LATE_ARRIVAL = timedelta(hours=1)
_FAILURES_THAT_OPEN = 3
_NEVER_SENT = "its process ended before it was sent"
_FIRST_BACKOFF = timedelta(minutes=5)


def settle(
    change: LimitChange, observed: SpendLimit | None, now: datetime
) -> LimitChange:
    """Give a requested (or unknown) change as what is observed makes it."""
    asked_at = change.requested_at or change.planned_at
    is_due = now - asked_at >= DEADLINE
    if observed is None:
        if not is_due or change.state is ChangeState.UNKNOWN:
            return change
        return _move(change, ChangeState.UNKNOWN, now, observed=None)
    if observed == change.after:
        return _move(change, ChangeState.APPLIED, now, observed=observed)
    if not is_due:
        return change
    reason = (
        FailReason.NOT_IN_FORCE if observed == change.before else FailReason.OVERTAKEN
    )
    return _move(change, ChangeState.FAILED, now, observed=observed, reason=reason)


def reject(change: LimitChange, now: datetime, detail: str) -> LimitChange:
    """Give a requested change that the provider refused outright.

    Its `note` says what the provider said, after a person's own words.
    """
    failed = _move(
        change,
        ChangeState.FAILED,
        now,
        observed=change.before,
        reason=FailReason.REJECTED,
    )
    note = f"{failed.note}; {detail}" if failed.note else detail
    return replace(failed, note=note)


def _move(
    change: LimitChange,
    state: ChangeState,
    now: datetime,
    *,
    observed: SpendLimit | None,
    reason: str = "",
) -> LimitChange:
    require_move(change.state, state)
    return replace(
        change, state=state, settled_at=now, observed=observed, reason=reason
    )


def is_late_arrival(change: LimitChange, observed: SpendLimit, now: datetime) -> bool:
    """Say whether a change thought to have failed has arrived after all."""
    return (
        change.state is ChangeState.FAILED
        and change.reason == FailReason.NOT_IN_FORCE
        and change.after == observed
        and now - (change.requested_at or change.planned_at) < LATE_ARRIVAL
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a fresh reading made of the open changes, and where the limit stands.

    `observed` is None while it could not be read or a change of ours is in flight.
    """

    state: OrganizationState
    settled: tuple[LimitChange, ...] = ()
    observed: SpendLimit | None = None

    @property
    def is_drifted(self) -> bool:
        """Say whether somebody else moved the limit since it was last looked at."""
        drift = self.state.drift
        known = (
            {self.state.reference}
            if drift is None
            else {self.state.reference, drift.observed}
        )
        return self.observed is not None and self.observed not in known

    @property
    def closing(self) -> LimitChange | None:
        """Give the change that ended an open drift by moving the limit, if one did."""
        applied = [each for each in self.settled if each.state is ChangeState.APPLIED]
        return applied[-1] if applied else None

    def updated(self, changes: Iterable[LimitChange]) -> tuple[LimitChange, ...]:
        """Give changes as they stand now, those that ended with their end."""
        ended = {change.id: change for change in self.settled}
        return tuple(ended.get(change.id, change) for change in changes)


def reconcile(
    state: OrganizationState,
    changes: Iterable[LimitChange],
    observed: SpendLimit | None,
    now: datetime,
    period_end: datetime,
) -> Settlement:
    """Hold intents and reference against a reading, before anything else is done."""
    known = tuple(changes)
    looked_at = [
        (each, settle(each, observed, now)) for each in known if each.is_unsettled
    ]
    settled = [after for before, after in looked_at if after != before]
    applied = {each.after for each in settled if each.state is ChangeState.APPLIED}
    # A value that is accounted for already is no late arrival of a first try.
    if observed not in {state.reference, *applied}:
        settled.extend(_late_arrivals(known, observed, now))
    settled.extend(_never_sent(known, now))
    for change in settled:
        state = remember(state, change, now, period_end)
    is_open = any(after.is_unsettled for _, after in looked_at)
    if observed is None or is_open:
        return Settlement(state=state, settled=tuple(settled))
    if state.reference is None:
        state = replace(
            state, reference=observed, is_reference_ours=False, limit_at_start=observed
        )
    found = Settlement(state=state, settled=tuple(settled), observed=observed)
    if found.is_drifted:
        return found
    return replace(found, state=replace(state, limit_known_at=now))


def _late_arrivals(
    changes: Iterable[LimitChange], observed: SpendLimit | None, now: datetime
) -> Iterator[LimitChange]:
    for change in changes:
        if observed is not None and is_late_arrival(change, observed, now):
            yield _move(change, ChangeState.APPLIED, now, observed=observed)
            return


def _never_sent(changes: Iterable[LimitChange], now: datetime) -> Iterator[LimitChange]:
    """End the plans of a process that died: whoever plans holds the lock until sent."""
    for change in changes:
        # What is due later is planned for long, and taken up again by any process.
        if change.state is ChangeState.PLANNED and change.due_at is None:
            left = _move(
                change,
                ChangeState.SKIPPED,
                now,
                observed=None,
                reason=SkipReason.SUPERSEDED,
            )
            yield replace(left, note=left.note or _NEVER_SENT)


def adopt(
    state: OrganizationState,
    observed: SpendLimit,
    now: datetime,
    until: datetime,
    by: str,
) -> OrganizationState:
    """Take a limit that somebody set outside as a person's choice (F16)."""
    return replace(
        state,
        reference=observed,
        is_reference_ours=False,
        limit_known_at=now,
        drift=None,
        wants_baseline=False,
        override=Override(limit=observed, by=by, set_at=now, until=until),
    )


def remember(
    state: OrganizationState, change: LimitChange, now: datetime, period_end: datetime
) -> OrganizationState:
    """Give the memory after a change ended: reference, override, failures, circuit."""
    match change.state:
        case ChangeState.APPLIED:
            return _remember_applied(state, change, now, period_end)
        case ChangeState.FAILED:
            return _remember_failed(state, change, now)
        case _:
            return state


def _remember_applied(
    state: OrganizationState, change: LimitChange, now: datetime, period_end: datetime
) -> OrganizationState:
    applied = replace(
        _moved(state, change),
        limit_known_at=now,
        failures=0,
        retry_at=None,
    )
    if change.after is not None and change.kind is ChangeKind.MANUAL:
        override = Override(
            limit=change.after,
            by=change.requested_by,
            set_at=now,
            until=change.expires_at or period_end,
        )
        return replace(applied, override=override, wants_baseline=False)
    if change.is_restore:
        # The period's raises are counted from where the baseline put the limit.
        return replace(applied, wants_baseline=False, limit_at_start=change.after)
    return applied


def _moved(state: OrganizationState, change: LimitChange) -> OrganizationState:
    """Give the reference that an applied change makes, and what is left of a drift."""
    drift, after = state.drift, change.after
    is_revert = change.kind is ChangeKind.REVERT
    is_cap = change.is_automatic and not is_revert
    if drift and after and is_cap and is_raise(drift.before, after):
        # Lowered, and still above where it was: what is to be is as open as before.
        return replace(state, drift=replace(drift, observed=after))
    is_put_back = is_revert and after == state.reference
    return replace(
        state,
        reference=after,
        is_reference_ours=state.is_reference_ours if is_put_back else True,
        drift=None,
    )


def _remember_failed(
    state: OrganizationState, change: LimitChange, now: datetime
) -> OrganizationState:
    if not change.is_automatic:
        return state
    failures = state.failures + 1
    return replace(
        state,
        failures=failures,
        retry_at=now + _FIRST_BACKOFF * failures,
        is_circuit_open=state.is_circuit_open or failures >= _FAILURES_THAT_OPEN,
    )
