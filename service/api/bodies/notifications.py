"""Notifications and channels on the wire; a channel's URL is a secret and never is."""

from datetime import datetime

from service.api.bodies.base import Body, example
from service.domain.guard import ChannelConfig
from service.domain.notification import (
    Delivery,
    Message,
    Notification,
    NotificationState,
)
from service.ports import PageRequest, Services

_NAMED_EVENTS = 3
_WAITING = frozenset({NotificationState.PENDING, NotificationState.FAILED})
# Proof of delivery is looked for among this many of a channel's newest notifications.
_LOOKED_AT = 50


class NotificationItem(Body):
    """A message for one channel, and where its delivery stands."""

    model_config = example(
        id="nt_77665544332211ffeeddccbb",
        channel="finops",
        organization="acme",
        state="delivered",
        subject="acme: half fired",
        severity="info",
        alerts=["al_5b6f1c0d9e8f7a6b5c4d3e2f"],
        attempts=1,
        created_at="2026-08-20T12:00:00Z",
        next_attempt_at=None,
        delivered_at="2026-08-20T12:00:01Z",
        error="",
        fallback_for=None,
        merged_into=None,
    )

    id: str
    channel: str
    organization: str
    state: NotificationState
    subject: str
    severity: str
    alerts: list[str]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    error: str
    fallback_for: str | None
    merged_into: str | None


class ChannelItem(Body):
    """A channel by name; `last_delivered_at` is the newest proof that it works."""

    model_config = example(
        name="finops",
        fallback="finops-mail",
        default=True,
        last_delivered_at="2026-08-20T12:00:01Z",
        last_error="",
    )

    name: str
    fallback: str | None
    default: bool
    last_delivered_at: datetime | None
    last_error: str


class ChannelTest(Body):
    """How sending a test message ended; `error` names no secret."""

    model_config = example(channel="finops", delivered=True, error="")

    channel: str
    delivered: bool
    error: str


def notification_item(notification: Notification) -> NotificationItem:
    """Give a notification; `next_attempt_at` only where one will be made."""
    message = notification.message
    is_waiting = notification.state in _WAITING
    alerts = (event.alert_id for event in message.events)
    return NotificationItem(
        id=notification.id,
        channel=notification.channel,
        organization=notification.organization,
        state=notification.state,
        subject=subject_of(message),
        severity=message.severity,
        alerts=list(dict.fromkeys(alert for alert in alerts if alert is not None)),
        attempts=notification.attempts,
        created_at=notification.created_at,
        next_attempt_at=notification.next_attempt_at if is_waiting else None,
        delivered_at=notification.delivered_at,
        error=notification.error,
        fallback_for=notification.fallback_for,
        merged_into=notification.merged_into,
    )


def subject_of(message: Message) -> str:
    """Give one line that tells messages of a list apart."""
    named = [
        f"{event.threshold_id or event.alert_kind} {event.kind.replace('_', ' ')}"
        for event in message.events
    ]
    first = ", ".join(named[:_NAMED_EVENTS])
    more = len(named) - _NAMED_EVENTS
    return f"{message.organization}: {first}" + (
        f" and {more} more" if more > 0 else ""
    )


def channel_items(services: Services) -> list[ChannelItem]:
    """Give the channels in force, each with the newest proof that it works."""
    guard = services.policies.current().guard
    return [
        _channel_item(services, each, is_default=each.name in guard.default_channels)
        for each in guard.channels
    ]


def _channel_item(
    services: Services, channel: ChannelConfig, *, is_default: bool
) -> ChannelItem:
    request = PageRequest(limit=_LOOKED_AT)
    newest = services.queries.notifications(channel.name, request).items
    delivered = (each.delivered_at for each in newest if each.delivered_at is not None)
    return ChannelItem(
        name=channel.name,
        fallback=channel.fallback,
        default=is_default,
        last_delivered_at=max(delivered, default=None),
        last_error=next((each.error for each in newest if each.error), ""),
    )


def channel_test(channel: str, delivery: Delivery) -> ChannelTest:
    """Give how sending a test message ended."""
    return ChannelTest(
        channel=channel, delivered=delivery.is_delivered, error=delivery.error
    )
