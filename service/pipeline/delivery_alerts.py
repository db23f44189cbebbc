"""The alert that a channel keeps failing, told anywhere but there."""

from datetime import datetime

from service.domain import health
from service.domain.alert import SYSTEM, Alert, AlertKey, AlertKind, health_key
from service.domain.alerting import resolve
from service.domain.events import tell_alert
from service.domain.identity import stable_id
from service.domain.notification import EventKind, Message, Notification
from service.domain.period import month_of
from service.domain.policy import Severity
from service.domain.policy_set import PolicySet
from service.domain.recording import step_facts
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Services, UnitOfWork


def _find(work: UnitOfWork, key: AlertKey, now: datetime) -> Alert | None:
    since = month_of(now).start
    return next((each for each in work.alerts(SYSTEM, since) if each.key == key), None)


def fallback_of(policies: PolicySet, channel: str) -> str | None:
    """Name who gets the messages of a channel that keeps failing, None if nobody.

    For a channel that the policies no longer declare it is the first default one.
    """
    guard = policies.guard
    for each in guard.channels:
        if each.name == channel:
            return each.fallback
    return next(iter(guard.default_channels), None)


def is_declared(policies: PolicySet, channel: str) -> bool:
    """Say whether the policies in force still have a channel of that name."""
    return channel in {each.name for each in policies.guard.channels}


def is_about(work: UnitOfWork, message: Message, channel: str, now: datetime) -> bool:
    """Say whether a message tells of this very channel that it keeps failing (§6)."""
    key = health_key(SYSTEM, AlertKind.DELIVERY_FAILED, channel)
    alert = _find(work, key, now)
    return alert is not None and alert.id in {each.alert_id for each in message.events}


def tell_failing(
    services: Services,
    work: UnitOfWork,
    failed: Notification,
    policies: PolicySet,
    now: datetime,
) -> None:
    """Fire `delivery_failed` for a channel, on the edge, to the other channels.

    Where it is itself a default channel its fallback is told in its place.
    """
    channel = failed.channel
    if not is_declared(policies, channel):
        # Nothing about it can be mended, so nothing would ever end the alert.
        return
    key = health_key(SYSTEM, AlertKind.DELIVERY_FAILED, channel)
    condition = health.Condition(
        kind=AlertKind.DELIVERY_FAILED,
        is_on=True,
        severity=Severity.WARNING,
        reason=f"channel {channel} keeps failing: {failed.error}",
        subject=channel,
    )
    step = health.step(_find(work, key, now), condition, key, now)
    if step.alert is None or not step.is_changed:
        return
    work.save_alert(step.alert)
    work.record(*step_facts([step], now, policies))
    told = tell_alert(step.alert, EventKind.FIRED, others_than(policies, channel))
    occasion = stable_id("delivery", step.alert.id)
    envelope = plain_envelope(services, policies, occasion, SYSTEM, now)
    tell(work, [told], envelope)


def others_than(policies: PolicySet, failing: str) -> tuple[str, ...]:
    """Name who hears that a channel keeps failing: never that channel."""
    channels = (
        fallback_of(policies, failing) if each == failing else each
        for each in policies.default_channels
    )
    return tuple(dict.fromkeys(each for each in channels if each is not None))


def tell_working(work: UnitOfWork, channel: str, now: datetime) -> None:
    """Resolve `delivery_failed` once the channel takes messages again."""
    _end(work, channel, "recovered", now)


def tell_gone(work: UnitOfWork, channel: str, now: datetime) -> None:
    """Resolve `delivery_failed` of a channel that the policies no longer declare."""
    _end(work, channel, "removed", now)


def _end(work: UnitOfWork, channel: str, reason: str, now: datetime) -> None:
    before = _find(work, health_key(SYSTEM, AlertKind.DELIVERY_FAILED, channel), now)
    if before is not None and before.is_open:
        step = resolve(before, reason, now)
        work.save_alert(step.alert or before)
        work.record(*step_facts([step], now, None))
