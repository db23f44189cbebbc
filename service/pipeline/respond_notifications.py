"""What a person may do about notifications: retry one, test a channel."""

from dataclasses import replace
from datetime import datetime

from service.domain.alert import SYSTEM
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import Conflict, NotFound
from service.domain.identity import stable_id
from service.domain.notification import (
    Delivery,
    Event,
    EventKind,
    Message,
    Notification,
    NotificationState,
)
from service.domain.period import month_of
from service.domain.policy import Severity
from service.pipeline.delivery_alerts import is_declared
from service.ports import Services

# What is on its way or has arrived is not sent again by hand.
_RETRIABLE = frozenset(
    {NotificationState.PENDING, NotificationState.FAILED, NotificationState.ABANDONED}
)


def retry_notification(
    services: Services, *, actor: str, notification_id: str
) -> Notification:
    """Make a notification due at once, an abandoned one too.

    Raises `NotFound`, and `Conflict` when it is being sent, was delivered or went out
    inside another one.
    """
    now = services.clock.now()
    with services.transaction() as unit:
        found = unit.notification(notification_id)
        if found is None:
            raise NotFound(f"no notification has the id {notification_id!r}")
        # Claimed first, so that a delivery under way is not made due a second time.
        if found.state not in _RETRIABLE or not unit.claim(found, now):
            raise Conflict(f"cannot be retried: the notification is {found.state}")
        due = replace(
            found,
            state=NotificationState.PENDING,
            next_attempt_at=now,
            claimed_at=None,
        )
        unit.save_notification(due)
        unit.record(
            Fact(
                chain=found.organization,
                at=now,
                actor=actor,
                action=AuditAction.NOTIFICATION_RETRIED,
                target=f"notification:{found.id}",
                outcome="pending",
                reason=found.state.value,
            )
        )
    services.wake_delivery()
    return due


def send_test(services: Services, *, actor: str, channel: str) -> Delivery:
    """Send a test message to a channel now, past the outbox, and say how it went.

    Raises `NotFound` for a channel that no policy set in force declares.
    """
    if not is_declared(services.policies.current(), channel):
        raise NotFound(f"no channel is called {channel!r}")
    now = services.clock.now()
    message_id = stable_id("nt", "test", channel, now.isoformat())
    delivery = services.channel(channel).send(_test_message(actor, now), message_id)
    with services.transaction() as unit:
        ended = services.clock.now()
        if delivery.is_delivered:
            unit.note_delivered(channel, message_id, ended)
        else:
            unit.note_failed(channel, delivery.error, ended)
        unit.record(
            Fact(
                chain=SYSTEM_CHAIN,
                at=ended,
                actor=actor,
                action=AuditAction.CHANNEL_TESTED,
                target=f"channel:{channel}",
                outcome="delivered" if delivery.is_delivered else "failed",
                reason=delivery.error,
                detail={"notification": message_id},
            )
        )
    return delivery


def _test_message(actor: str, now: datetime) -> Message:
    return Message(
        organization=SYSTEM,
        at=now,
        period=month_of(now).key,
        severity=Severity.INFO,
        events=(
            Event(
                kind=EventKind.TEST,
                severity=Severity.INFO,
                alert_kind="test",
                detail=f"A test of this channel, asked for by {actor}.",
            ),
        ),
    )
