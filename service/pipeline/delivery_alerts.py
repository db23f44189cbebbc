"""The alert that a channel keeps failing, told anywhere but there."""

from datetime import datetime

from service.domain import health
from service.domain.alert import SYSTEM, Alert, AlertKey, AlertKind, health_key
from service.domain.events import tell_alert
from service.domain.identity import stable_id
from service.domain.messages import Envelope, notifications_of
from service.domain.notification import EventKind, Notification
from service.domain.period import month_of
from service.domain.policy import Severity
from service.domain.policy_set import PolicySet
from service.domain.recording import step_facts
from service.pipeline.outbox import enqueue
from service.ports import Services, UnitOfWork


def _find(work: UnitOfWork, key: AlertKey, now: datetime) -> Alert | None:
    since = month_of(now).start
    return next((each for each in work.alerts(SYSTEM, since) if each.key == key), None)


def _condition(channel: str, reason: str, *, is_on: bool) -> health.Condition:
    return health.Condition(
        kind=AlertKind.DELIVERY_FAILED,
        is_on=is_on,
        severity=Severity.WARNING,
        reason=reason,
        subject=channel,
    )


def tell_failing(
    services: Services,
    work: UnitOfWork,
    failed: Notification,
    policies: PolicySet,
    now: datetime,
) -> None:
    """Fire `delivery_failed` for a channel, on the edge, to the other channels."""
    channel = failed.channel
    key = health_key(SYSTEM, AlertKind.DELIVERY_FAILED, channel)
    reason = f"channel {channel} keeps failing: {failed.error}"
    condition = _condition(channel, reason, is_on=True)
    step = health.step(_find(work, key, now), condition, key, now)
    if step.alert is None or not step.is_changed:
        return
    work.save_alert(step.alert)
    work.record(*step_facts([step], now, policies))
    others = tuple(each for each in policies.guard.default_channels if each != channel)
    told = tell_alert(step.alert, EventKind.FIRED, others)
    envelope = Envelope(
        occasion=stable_id("delivery", step.alert.id),
        organization=SYSTEM,
        at=now,
        period=month_of(now).key,
        revision=policies.revision,
        commit=policies.commit,
        link=services.public_url,
    )
    enqueue(work, notifications_of([told], envelope))


def tell_working(work: UnitOfWork, channel: str, now: datetime) -> None:
    """Resolve `delivery_failed` once the channel takes messages again."""
    key = health_key(SYSTEM, AlertKind.DELIVERY_FAILED, channel)
    before = _find(work, key, now)
    step = health.step(before, _condition(channel, "", is_on=False), key, now)
    if step.alert is not None and step.is_changed:
        work.save_alert(step.alert)
        work.record(*step_facts([step], now, None))
