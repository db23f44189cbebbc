"""Write what is to be told into the outbox, in the transaction that decided it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.audit import SCHEDULER, AuditAction, Fact, Json
from service.domain.decision import Told
from service.domain.identity import stable_id
from service.domain.messages import Envelope, notifications_of, with_events
from service.domain.notification import Notification, NotificationState
from service.domain.period import month_of
from service.domain.policy_set import PolicySet
from service.pipeline.mute import audible
from service.pipeline.proofs import with_heads
from service.ports import Services, UnitOfWork


def plain_envelope(
    services: Services,
    policies: PolicySet,
    occasion: str,
    organization: str,
    at: datetime,
) -> Envelope:
    """Give what messages of something outside of any check share: no figures."""
    return Envelope(
        occasion=occasion,
        organization=organization,
        at=at,
        period=month_of(at).key,
        revision=policies.revision,
        commit=policies.commit,
        author=policies.author,
        link=services.public_url,
    )


def tell(
    work: UnitOfWork,
    told: Iterable[Told],
    envelope: Envelope,
    *,
    hold: timedelta = timedelta(0),
) -> None:
    """Queue what is to be told and no silence mutes, one message per channel."""
    heard = audible(work, told, envelope.at)
    enqueue(work, notifications_of(heard, envelope, hold=hold))


def tell_on(work: UnitOfWork, told: Iterable[Told], envelope: Envelope) -> None:
    """Add what is to be told to the message of the same occasion, if it still waits."""
    heard = audible(work, told, envelope.at)
    extend_or_enqueue(work, notifications_of(heard, envelope), envelope.at)


def enqueue(work: UnitOfWork, notifications: Iterable[Notification]) -> None:
    """Queue notifications, each with its audit entry."""
    for notification in notifications:
        work.enqueue(with_heads(work, notification))
        work.record(queued_fact(notification, notification.created_at))


def queued_fact(notification: Notification, at: datetime) -> Fact:
    """Record that a channel is to be told, and of what."""
    return Fact(
        chain=notification.organization,
        at=at,
        actor=SCHEDULER,
        action=AuditAction.NOTIFICATION_QUEUED,
        target=f"notification:{notification.id}",
        outcome=notification.state.value,
        detail={
            "channel": notification.channel,
            "fallback_for": notification.fallback_for,
            "events": [
                {
                    "kind": event.kind.value,
                    "alert_kind": event.alert_kind,
                    "policy": event.policy_id,
                    "threshold": event.threshold_id,
                    "alert": event.alert_id,
                    "limit_change": event.change_id,
                }
                for event in notification.message.events
            ],
        },
    )


def delivery_fact(
    notification: Notification,
    action: AuditAction,
    at: datetime,
    detail: dict[str, Json] | None = None,
) -> Fact:
    """Record where a delivery stands now."""
    return Fact(
        chain=notification.organization,
        at=at,
        actor=SCHEDULER,
        action=action,
        target=f"notification:{notification.id}",
        outcome=notification.state.value,
        reason=notification.error,
        detail={
            "channel": notification.channel,
            "attempts": notification.attempts,
            **(detail or {}),
        },
    )


def extend_or_enqueue(
    work: UnitOfWork, notifications: Iterable[Notification], now: datetime
) -> None:
    """Add events to the message of the same occasion that still waits, or send anew.

    `notifications` carry the ids of the waiting ones; where one has already gone out,
    the new events follow under an id of their own.
    """
    for notification in notifications:
        waiting = work.notification(notification.id)
        if waiting is None:
            enqueue(work, [notification])
        elif waiting.state is NotificationState.PENDING and work.claim(waiting, now):
            # Claimed, so that nobody is sending it as it was.
            extended = with_events(waiting, notification, now)
            work.save_notification(extended)
            work.record(replace(queued_fact(extended, now), reason="extended"))
        else:
            enqueue(work, [_follow_up(notification)])


def _follow_up(notification: Notification) -> Notification:
    at = notification.created_at
    return replace(notification, id=stable_id("nt", notification.id, "follow-up", at))
