"""After a silence: what it withheld is told once, at the next check.

An alert that still fires is told as if it had just fired; those that are over are only
named, for nobody can do anything about them any more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.alert import SYSTEM, Alert, AlertKind
from service.domain.audit import SCHEDULER, AuditAction, Fact
from service.domain.decision import Told
from service.domain.events import tell_alert
from service.domain.identity import stable_id
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.policy_set import PolicySet
from service.domain.silence import muting
from service.pipeline.delivery_alerts import others_than
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Services, UnitOfWork

_MOST_NAMED = 5


def unmuted(
    work: UnitOfWork, organization: str, policies: PolicySet, now: datetime
) -> tuple[Told, ...]:
    """Give what ended silences withheld of an organization, and hold it back no more.

    `organization` may be `system`. Whoever comes second, in another process, gets
    nothing.
    """
    silences = work.active_silences(now)
    freed = [
        alert
        for alert in work.muted_alerts(organization)
        if muting(silences, alert) is None and work.unmute(alert, now)
    ]
    work.record(*(_fact(alert, now) for alert in freed))
    return (*_still_firing(freed, policies), *_over(freed, policies))


def tell_of_the_guard(
    services: Services, work: UnitOfWork, policies: PolicySet, now: datetime
) -> None:
    """Tell what silences withheld about the guard itself, which no check is about."""
    told = unmuted(work, SYSTEM, policies, now)
    occasion = stable_id("unmuted", now, *(each.event for each in told))
    tell(work, told, plain_envelope(services, policies, occasion, SYSTEM, now))


def _still_firing(alerts: Iterable[Alert], policies: PolicySet) -> Iterator[Told]:
    for alert in alerts:
        if not alert.is_open or alert.muted_kind is None:
            continue
        # Who has acknowledged it needs no reminder of it.
        if alert.muted_kind is EventKind.REMINDER and alert.acknowledged_at is not None:
            continue
        declared = policies.declared(alert.key.policy_id)
        yield tell_alert(
            replace(alert, muted_by=None, muted_kind=None),
            alert.muted_kind,
            channels_about(alert, policies),
            None if declared is None else declared.policy,
        )


@dataclass(frozen=True, slots=True)
class _Group:
    """Alerts that one silence muted and the same channels would have heard of."""

    silence: str
    channels: tuple[str, ...]


def _over(alerts: Iterable[Alert], policies: PolicySet) -> Iterator[Told]:
    groups: dict[_Group, list[Alert]] = {}
    for alert in alerts:
        # A reminder that was not given of an alert that is over is no loss.
        if alert.is_open or alert.muted_kind is EventKind.REMINDER:
            continue
        group = _Group(alert.muted_by or "", channels_about(alert, policies))
        groups.setdefault(group, []).append(alert)
    for group, muted in groups.items():
        event = Event(
            kind=EventKind.SILENCE_ENDED,
            severity=Severity.INFO,
            alert_kind="silence_ended",
            detail=_sentence(group.silence, muted),
        )
        yield Told(event=event, channels=group.channels)


def _sentence(silence: str, alerts: list[Alert]) -> str:
    count = "1 alert was" if len(alerts) == 1 else f"{len(alerts)} alerts were"
    are = "is" if len(alerts) == 1 else "are"
    named = [_name(alert) for alert in alerts[:_MOST_NAMED]]
    more = len(alerts) - len(named)
    rest = f" and {more} more" if more else ""
    return (
        f"{count} muted by silence {silence} and {are} over by now:"
        f" {', '.join(named)}{rest}"
    )


def _name(alert: Alert) -> str:
    if alert.is_health:
        scope = f" {alert.key.scope}" if alert.key.scope else ""
        return f"{alert.kind.value}{scope}"
    return f"{alert.key.policy_id}/{alert.key.threshold_id}"


def channels_about(alert: Alert, policies: PolicySet) -> tuple[str, ...]:
    """Name who is to hear of an alert, by the policies that are in force now."""
    if alert.kind is AlertKind.DELIVERY_FAILED:
        return others_than(policies, alert.key.scope)
    declared = policies.declared(alert.key.policy_id)
    thresholds = () if declared is None else declared.policy.thresholds
    found = (each for each in thresholds if each.id == alert.key.threshold_id)
    threshold = next(found, None)
    if threshold is None:
        return policies.default_channels
    return policies.channels_of(threshold)


def _fact(alert: Alert, now: datetime) -> Fact:
    return Fact(
        chain=alert.key.organization,
        at=now,
        actor=SCHEDULER,
        action=AuditAction.ALERT_UNMUTED,
        target=f"alert:{alert.id}",
        outcome=alert.state.value,
        detail={
            "silence": alert.muted_by,
            "event": None if alert.muted_kind is None else alert.muted_kind.value,
        },
    )
