"""What becomes of `limit_changed_outside`, who hears of it, and what is recorded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain import health
from service.domain.alert import Alert, AlertKey, AlertKind, health_key
from service.domain.alerting import Step, resolve
from service.domain.audit import SCHEDULER, AuditAction, Fact, timestamp
from service.domain.check import Outcome
from service.domain.drift import ENDS, DriftNews, DriftTurn, Followed
from service.domain.policy import Severity
from service.domain.recording import limit_json
from service.domain.thresholds import Moved

_REMIND_AFTER = timedelta(days=1)
_ACTIONS = {
    DriftTurn.SEEN: AuditAction.DRIFT_SEEN,
    DriftTurn.MOVED: AuditAction.DRIFT_SEEN,
    DriftTurn.NAMED: AuditAction.DRIFT_NAMED,
    DriftTurn.ADOPTED: AuditAction.LIMIT_REFERENCE_ADOPTED,
    DriftTurn.REVERTED: AuditAction.DRIFT_REVERTED,
    DriftTurn.REPLACED: AuditAction.DRIFT_ENDED,
    DriftTurn.RETURNED: AuditAction.DRIFT_ENDED,
}


def drift_moves(
    followed: Followed,
    alerts: Mapping[AlertKey, Alert],
    channels: tuple[str, ...],
    now: datetime,
) -> Iterator[Moved]:
    """Move the alert of a drift by one reading; `alerts` holds each newest firing."""
    key = health_key(followed.state.organization, AlertKind.LIMIT_CHANGED_OUTSIDE)
    alert = alerts.get(key)
    for news in followed.news:
        step = _step(alert, news, key, now)
        if step is not None:
            alert = step.alert
            yield Moved(step=step, channels=channels)
    if not followed.news and followed.state.drift is not None:
        reminder = _reminder(alert, now)
        if reminder is not None:
            yield Moved(step=reminder, channels=channels)


def _step(
    before: Alert | None, news: DriftNews, key: AlertKey, now: datetime
) -> Step | None:
    condition = health.Condition(
        kind=AlertKind.LIMIT_CHANGED_OUTSIDE,
        is_on=True,
        severity=Severity.WARNING,
        reason=news.sentence,
    )
    if news.turn is DriftTurn.SEEN:
        return health.step(before, condition, key, now)
    is_open = before is not None and before.is_open
    if news.turn is DriftTurn.ADOPTED and not is_open:
        return health.moment(before, condition, key, now)
    if before is None:
        return None
    if news.turn in ENDS:
        return resolve(before, news.sentence, now) if is_open else None
    told = replace(before, reason=news.sentence, last_told_at=now)
    outcome = Outcome.FIRING if is_open else Outcome.BELOW
    return Step(alert=told, outcome=outcome, is_changed=True, is_update=True)


def _reminder(alert: Alert | None, now: datetime) -> Step | None:
    """Remind once a day of what nobody has decided, until somebody has seen it."""
    if alert is None or not alert.is_open or alert.acknowledged_at is not None:
        return None
    told_at = alert.last_told_at or alert.fired_at
    if told_at is None or now - told_at < _REMIND_AFTER:
        return None
    return Step(
        alert=replace(alert, last_told_at=now),
        outcome=Outcome.FIRING,
        is_changed=True,
        is_reminder=True,
    )


def drift_facts(
    organization: str,
    news: Iterable[DriftNews],
    now: datetime,
    actor: str = SCHEDULER,
) -> Iterator[Fact]:
    """Record every turn of a drift; `actor` is who ended it."""
    for each in news:
        drift = each.drift
        moved_at = drift.moved_at
        yield Fact(
            chain=organization,
            at=now,
            actor=actor if each.turn in ENDS else SCHEDULER,
            action=_ACTIONS[each.turn],
            target=f"organization:{organization}",
            outcome=each.turn.value,
            reason=each.sentence,
            detail={
                "from": limit_json(drift.before),
                "to": limit_json(drift.observed),
                "who": drift.who,
                "moved_at": None if moved_at is None else timestamp(moved_at),
            },
        )
