"""What is told of a check: events with the channels that are to hear of them."""

from datetime import datetime
from decimal import Decimal

from service.domain.alert import Alert
from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.decision import Told
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    SkipReason,
)
from service.domain.money import Money
from service.domain.notification import Event, EventKind
from service.domain.policy import Policy, Severity, Threshold
from service.domain.usage import SpendLimit

# What a person would not miss: the winner of the same check says it all.
_NOT_TOLD = frozenset({SkipReason.SUPERSEDED, SkipReason.NO_CHANGE})
# About to be sent, or under way; `expired` is told only where the policy goes on then.
_AHEAD = frozenset(
    {
        ChangeState.PLANNED,
        ChangeState.APPROVED,
        ChangeState.EXPIRED,
        ChangeState.REQUESTED,
    }
)


def event_kind(step: Step) -> EventKind | None:
    """Give what a step tells, None when it tells nothing.

    A period that ended is told by the notice of the new one.
    """
    if step.is_reminder:
        return EventKind.REMINDER
    if step.is_update:
        return EventKind.UPDATED
    if step.outcome is Outcome.FIRED:
        return EventKind.FIRED
    is_over = step.outcome is Outcome.RESOLVED
    if is_over and step.alert is not None and step.alert.reason != "period_ended":
        return EventKind.RESOLVED
    return None


def tell_alert(
    alert: Alert,
    kind: EventKind,
    channels: tuple[str, ...],
    policy: Policy | None = None,
    detail: str = "",
) -> Told:
    """Tell that an alert fired, ended or still stands."""
    event = Event(
        kind=kind,
        # Good news is no emergency, whatever it ends.
        severity=Severity.INFO if kind is EventKind.RESOLVED else alert.severity,
        alert_kind=alert.kind.value,
        detail=detail or _reason(alert, kind),
        policy_id=alert.key.policy_id or None,
        policy_title=policy.title if policy is not None else None,
        threshold_id=alert.key.threshold_id,
        alert_id=alert.id,
        value=alert.value,
        bound=alert.bound,
        unit=alert.unit,
    )
    return Told(event=event, channels=channels, alert=alert)


def _reason(alert: Alert, kind: EventKind) -> str:
    # Several parts of the usage come back at once: which, only the scope can tell.
    is_of_part = bool(alert.key.scope) and not alert.key.policy_id
    if kind is EventKind.RESOLVED and is_of_part:
        return f"{alert.key.scope}: {alert.reason}"
    return alert.reason


def _limit_text(limit: SpendLimit | None) -> str:
    return "an unreadable limit" if limit is None else str(limit)


def change_sentence(change: LimitChange) -> str:
    """Say in a sentence what a limit change does or did, and for whom."""
    span = f"from {_limit_text(change.before)} to {_limit_text(change.after)}"
    what = f"{span} ({_why(change)})"
    if change.state in _AHEAD:
        return f"the limit will be changed {what}"
    if change.state is ChangeState.APPLIED:
        return f"the limit changed {what}"
    if change.state is ChangeState.FAILED:
        said = f" ({change.note})" if change.reason == FailReason.REJECTED else ""
        end = f"{change.reason}{said}, it is now {_limit_text(change.observed)}"
        return f"the limit could not be changed {what}: {end}"
    return f"the limit may have been changed {what}: it cannot be read back"


def _why(change: LimitChange) -> str:
    if change.policy_id is None:
        return f"{change.kind} by {change.requested_by}"
    if change.kind is ChangeKind.TRACK:
        return f"{change.policy_id} follows healthy spend"
    origin = f"{change.policy_id}/{change.threshold_id}"
    if change.kind is ChangeKind.EXPIRY:
        return f"the raise by {origin} ended"
    if change.expires_at is None:
        return f"{change.kind} by {origin}"
    return f"{change.kind} by {origin} until {_moment(change.expires_at)}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def tell_change(change: LimitChange, channels: tuple[str, ...]) -> Told:
    """Tell of a limit change: that it will be made, that it was, or how it failed."""
    is_planned = change.state in _AHEAD
    is_good = is_planned or change.state is ChangeState.APPLIED
    event = Event(
        kind=EventKind.LIMIT_CHANGED if is_good else EventKind.LIMIT_CHANGE_ENDED,
        severity=Severity.WARNING if is_good else Severity.CRITICAL,
        alert_kind="limit_change",
        detail=change_sentence(change),
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        alert_id=change.alert_id,
        change_id=change.id,
        value=_amount(change.after),
        bound=_amount(change.before),
        unit=_currency(change.after),
        is_planned=is_planned,
    )
    return Told(event=event, channels=channels)


def _amount(limit: SpendLimit | None) -> Decimal | None:
    return None if limit is None or limit.amount is None else limit.amount.amount


def _currency(limit: SpendLimit | None) -> str:
    return "" if limit is None or limit.amount is None else limit.amount.currency


def tell_skip(
    change: LimitChange, threshold: Threshold, channels: tuple[str, ...]
) -> Told | None:
    """Tell that a wanted change is not made, and why; None where that is no news."""
    if change.reason in _NOT_TOLD:
        return None
    to = "" if change.after is None else f" to {change.after}"
    event = Event(
        kind=EventKind.LIMIT_CHANGE_SKIPPED,
        severity=threshold.severity,
        alert_kind="limit_change",
        detail=f"the limit stays at {_limit_text(change.before)}: the {change.kind}{to}"
        f" by {change.policy_id}/{change.threshold_id} is not made ({change.reason})",
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        alert_id=change.alert_id,
        change_id=change.id,
    )
    return Told(event=event, channels=channels)


def tell_unasked_skip(change: LimitChange, channels: tuple[str, ...]) -> Told | None:
    """Tell that a limit moved outside is not put back, or one that follows not moved.

    None where that is no news.
    """
    if change.reason in _NOT_TOLD:
        return None
    is_revert = change.kind is ChangeKind.REVERT
    what = "it is not put back" if is_revert else "it does not follow the spend"
    event = Event(
        kind=EventKind.LIMIT_CHANGE_SKIPPED,
        severity=Severity.WARNING,
        alert_kind="limit_change",
        detail=f"the limit stays at {_limit_text(change.before)} for now: {what}"
        f" ({change.reason})",
        policy_id=None if is_revert else change.policy_id,
        change_id=change.id,
    )
    return Told(event=event, channels=channels)


def tell_end(change: LimitChange, channels: tuple[str, ...]) -> Told:
    """Tell that a raise which ended is not taken back: for good, or not yet."""
    is_over = change.state is ChangeState.SKIPPED
    later = "is not taken back" if is_over else "cannot be taken back yet"
    event = Event(
        kind=EventKind.LIMIT_CHANGE_SKIPPED,
        severity=Severity.INFO if is_over else Severity.WARNING,
        alert_kind="limit_change",
        detail=f"the limit stays: the raise by {change.policy_id}/{change.threshold_id}"
        f" {later} ({change.reason})",
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        change_id=change.id,
    )
    return Told(event=event, channels=channels)


def tell_period(
    period: str,
    last: Money | None,
    channels: tuple[str, ...],
    *,
    seen_at: datetime | None = None,
) -> Told:
    """Tell that a period began, with what the last one came to.

    `seen_at` says when that was seen, where it may have grown since.
    """
    seen = "" if seen_at is None else f" when last seen, {_moment(seen_at)}"
    result = "nothing is known" if last is None else f"the spend was {last}{seen}"
    event = Event(
        kind=EventKind.NEW_PERIOD,
        severity=Severity.INFO,
        alert_kind="new_period",
        detail=f"{period} began; of the period before, {result}",
    )
    return Told(event=event, channels=channels)
