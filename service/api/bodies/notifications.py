"""Notifications and channels on the wire; a channel's URL is a secret and never is."""

from collections.abc import Iterable
from datetime import datetime

from service.api.bodies.base import Body, example
from service.domain.guard import ChannelConfig, Guard
from service.domain.notification import (
    Delivery,
    Message,
    Notification,
    NotificationState,
)
from service.domain.proof import Proof

_NAMED_EVENTS = 3
_WAITING = frozenset({NotificationState.PENDING, NotificationState.FAILED})


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
    """A channel by name, with the newest proof that it works.

    A delivery is a message, a test or a fire drill that the channel took;
    `last_delivery_id` is its id. `failing` says that the last attempt failed.
    """

    model_config = example(
        name="finops",
        fallback="finops-mail",
        default=True,
        last_delivered_at="2026-08-20T12:00:01Z",
        last_delivery_id="nt_77665544332211ffeeddccbb",
        last_failed_at=None,
        last_error="",
        failing=False,
        last_drill_at=None,
    )

    name: str
    fallback: str | None
    default: bool
    last_delivered_at: datetime | None
    last_delivery_id: str | None
    last_failed_at: datetime | None
    last_error: str
    failing: bool
    last_drill_at: datetime | None


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


def channel_items(guard: Guard, proofs: Iterable[Proof]) -> list[ChannelItem]:
    """Give the channels in force, each with the newest proof that it works."""
    known = {each.channel: each for each in proofs}
    return [
        _channel_item(
            each,
            known.get(each.name),
            is_default=each.name in guard.default_channels,
        )
        for each in guard.channels
    ]


def _channel_item(
    channel: ChannelConfig, proof: Proof | None, *, is_default: bool
) -> ChannelItem:
    return ChannelItem(
        name=channel.name,
        fallback=channel.fallback,
        default=is_default,
        last_delivered_at=None if proof is None else proof.delivered_at,
        last_delivery_id=None if proof is None else proof.delivered_id,
        last_failed_at=None if proof is None else proof.failed_at,
        last_error="" if proof is None else proof.error,
        failing=proof is not None and proof.is_failing,
        last_drill_at=None if proof is None else proof.drilled_at,
    )


def channel_test(channel: str, delivery: Delivery) -> ChannelTest:
    """Give how sending a test message ended."""
    return ChannelTest(
        channel=channel, delivered=delivery.is_delivered, error=delivery.error
    )
