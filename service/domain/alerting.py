"""How an alert moves: `idle → pending → firing → resolved`, told on the edge only."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.alert import Alert, AlertKey, AlertState
from service.domain.check import Outcome
from service.domain.crossing import Crossing
from service.domain.policy import Policy, Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a check did to one alert: how it stands after, and what is to be told.

    `alert` is None while the threshold never was crossed in the period; `is_update`
    says that more is known of it than was told.
    """

    alert: Alert | None
    outcome: Outcome
    is_changed: bool = False
    is_reminder: bool = False
    is_update: bool = False


def key_of(policy: Policy, threshold_id: str, period: str) -> AlertKey:
    """Give the identity of a threshold's alert in a period."""
    return AlertKey(
        organization=policy.organization,
        policy_id=policy.id,
        threshold_id=threshold_id,
        scope=policy.target_key,
        period=period,
    )


def advance(
    before: Alert | None,
    crossing: Crossing,
    threshold: Threshold,
    key: AlertKey,
    now: datetime,
) -> Step:
    """Move the newest firing of a threshold (None before the first) by one check.

    Doubt starts nothing and ends nothing: an unknown value keeps an alert as it is and
    stops the time that `for:` counts.
    """
    if crossing.is_crossed is None:
        return _hold(before)
    if crossing.is_crossed:
        return _cross(before, crossing, threshold, key, now)
    return _fall(before, crossing, now)


def _hold(before: Alert | None) -> Step:
    if (
        before is None
        or before.state is not AlertState.PENDING
        or before.last_true_at is None
    ):
        return Step(alert=before, outcome=Outcome.UNKNOWN)
    frozen = replace(before, last_true_at=None)
    return Step(alert=frozen, outcome=Outcome.UNKNOWN, is_changed=True)


def _cross(
    before: Alert | None,
    crossing: Crossing,
    threshold: Threshold,
    key: AlertKey,
    now: datetime,
) -> Step:
    if before is not None and before.state is AlertState.FIRING:
        return _go_on(before, crossing, threshold, now)
    pending = _pending(before, crossing, threshold, key, now)
    if pending.held >= (threshold.held_for or timedelta(0)):
        fired = replace(
            pending, state=AlertState.FIRING, fired_at=now, last_told_at=now
        )
        return Step(alert=fired, outcome=Outcome.FIRED, is_changed=True)
    return Step(alert=pending, outcome=Outcome.PENDING, is_changed=True)


def _pending(
    before: Alert | None,
    crossing: Crossing,
    threshold: Threshold,
    key: AlertKey,
    now: datetime,
) -> Alert:
    if before is not None and before.state is AlertState.PENDING:
        # Only time between two checks that both saw it counts.
        seen = (
            timedelta(0) if before.last_true_at is None else now - before.last_true_at
        )
        return replace(
            before,
            held=before.held + max(seen, timedelta(0)),
            last_true_at=now,
            value=crossing.value,
            bound=crossing.bound,
            reason=crossing.reason,
        )
    return Alert(
        key=key,
        firing=_next_firing(before),
        kind=crossing.kind,
        severity=threshold.severity,
        state=AlertState.PENDING,
        value=crossing.value,
        bound=crossing.bound,
        unit=crossing.unit,
        pending_at=now,
        last_true_at=now,
        reason=crossing.reason,
    )


def _next_firing(before: Alert | None) -> int:
    if before is None:
        return 1
    # An idle one was never told, so its number is still free.
    return before.firing if before.state is AlertState.IDLE else before.firing + 1


def _go_on(
    before: Alert, crossing: Crossing, threshold: Threshold, now: datetime
) -> Step:
    current = replace(
        before,
        value=crossing.value,
        bound=crossing.bound,
        severity=threshold.severity,
        reason=crossing.reason,
    )
    if _wants_reminder(before, threshold, now):
        reminded = replace(current, last_told_at=now)
        return Step(
            alert=reminded, outcome=Outcome.FIRING, is_changed=True, is_reminder=True
        )
    return Step(alert=current, outcome=Outcome.FIRING, is_changed=current != before)


def _wants_reminder(alert: Alert, threshold: Threshold, now: datetime) -> bool:
    if threshold.repeat is None or alert.acknowledged_at is not None:
        return False
    told = alert.last_told_at or alert.fired_at
    return told is not None and now - told >= threshold.repeat


def _fall(before: Alert | None, crossing: Crossing, now: datetime) -> Step:
    if before is None or before.state in {AlertState.IDLE, AlertState.RESOLVED}:
        return Step(alert=before, outcome=Outcome.BELOW)
    is_pending = before.state is AlertState.PENDING
    if not crossing.is_certain:
        still = Step(alert=before, outcome=Outcome.FIRING)
        return _hold(before) if is_pending else still
    if is_pending:
        idle = replace(before, state=AlertState.IDLE, held=timedelta(0))
        return Step(alert=idle, outcome=Outcome.BELOW, is_changed=True)
    if _is_moved(before.bound, crossing.bound):
        return resolve(before, "policy_changed", now)
    if crossing.may_resolve:
        return resolve(before, "recovered", now)
    return Step(alert=before, outcome=Outcome.FIRING)


def _is_moved(before: Decimal | None, after: Decimal | None) -> bool:
    """Say whether the policy's bound was raised above where it stood at the firing."""
    return before is not None and after is not None and after > before


def resolve(alert: Alert, reason: str, now: datetime) -> Step:
    """End a firing, or forget a pending crossing that was never told."""
    if alert.state is AlertState.PENDING:
        idle = replace(alert, state=AlertState.IDLE, held=timedelta(0), reason=reason)
        return Step(alert=idle, outcome=Outcome.BELOW, is_changed=True)
    ended = replace(alert, state=AlertState.RESOLVED, resolved_at=now, reason=reason)
    return Step(alert=ended, outcome=Outcome.RESOLVED, is_changed=True)
