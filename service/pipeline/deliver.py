"""From the outbox to the channels: claim, send, record; retries, fallback, merging.

A message is lost by nobody: it is claimed by compare-and-set, recorded after it was
sent, and taken again when its sender died. So it may arrive twice, with one id.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.audit import AuditAction, Fact, Json
from service.domain.identity import stable_id
from service.domain.limit_plan import ACTOR
from service.domain.messages import merged
from service.domain.notification import (
    Delivery,
    Notification,
    NotificationState,
    is_hopeless,
    next_attempt,
    wants_fallback,
)
from service.domain.policy_set import PolicySet
from service.pipeline.delivery_alerts import tell_failing, tell_working
from service.pipeline.outbox import enqueue
from service.ports import Services, UnitOfWork

# A claim this old was left by a process that died: an attempt takes ten seconds.
CLAIM_FOR = timedelta(seconds=30)
_LANES = 8


def due_channels(
    services: Services, claim_for: timedelta = CLAIM_FOR
) -> tuple[str, ...]:
    """Name the channels that have something to send now."""
    now = services.clock.now()
    with services.transaction() as work:
        due = work.due_notifications(now, now - claim_for)
    return tuple(dict.fromkeys(each.channel for each in due))


def deliver_due(services: Services, claim_for: timedelta = CLAIM_FOR) -> int:
    """Send what is due on every channel, side by side; give the number of attempts."""
    channels = due_channels(services, claim_for)
    if not channels:
        return 0
    with ThreadPoolExecutor(max_workers=min(_LANES, len(channels))) as pool:
        attempts = pool.map(
            lambda channel: deliver_channel(services, channel, claim_for), channels
        )
        return sum(attempts)


def deliver_channel(
    services: Services, channel: str, claim_for: timedelta = CLAIM_FOR
) -> int:
    """Send what is due on one channel, oldest first, until one attempt fails.

    A channel that just failed would fail again: the rest waits for its own time.
    """
    attempts = 0
    while True:
        claimed = _claim(services, channel, claim_for)
        if claimed is None:
            return attempts
        attempts += 1
        delivery = services.channel(channel).send(claimed.message, claimed.id)
        _record(services, claimed, delivery)
        if not delivery.is_delivered:
            return attempts


def _claim(
    services: Services, channel: str, claim_for: timedelta
) -> Notification | None:
    """Take the next message of a channel, a backlog being merged into one."""
    now = services.clock.now()
    with services.transaction() as work:
        due = [
            each
            for each in work.due_notifications(now, now - claim_for)
            if each.channel == channel
        ]
        if any(_may_merge(each, services) for each in due):
            # One message probes the channel for all that wait, due or not.
            waiting = work.failed_notifications(channel)
            backlog = [each for each in waiting if _may_merge(each, services)]
            if len(backlog) > 1:
                return _merge(work, backlog, now)
        for notification in due:
            if work.claim(notification, now):
                return replace(
                    notification, state=NotificationState.SENDING, claimed_at=now
                )
    return None


def _may_merge(notification: Notification, services: Services) -> bool:
    """Say whether a failed message may travel inside a later one.

    Not while its own fallback is still to come: that would take it from the fallback.
    """
    if notification.state is not NotificationState.FAILED:
        return False
    fallback = _fallback(services.policies.current(), notification.channel)
    return notification.fallback_sent or fallback is None


def _fallback(policies: PolicySet, channel: str) -> str | None:
    return next(
        (each.fallback for each in policies.guard.channels if each.name == channel),
        None,
    )


def _merge(
    work: UnitOfWork, backlog: list[Notification], now: datetime
) -> Notification | None:
    *older, newest = sorted(backlog, key=lambda each: (each.created_at, each.id))
    if not work.claim(newest, now):
        return None
    together = replace(
        merged(newest, older), state=NotificationState.SENDING, claimed_at=now
    )
    work.save_notification(together)
    for each in older:
        inside = replace(each, state=NotificationState.MERGED, merged_into=newest.id)
        work.save_notification(inside)
        work.record(
            _fact(inside, AuditAction.NOTIFICATION_MERGED, now, {"into": newest.id})
        )
    return together


def _record(services: Services, sent: Notification, delivery: Delivery) -> None:
    now = services.clock.now()
    policies = services.policies.current()
    with services.transaction() as work:
        if delivery.is_delivered:
            _record_delivered(work, sent, now)
            tell_working(work, sent.channel, now)
            return
        failed = replace(
            sent,
            state=NotificationState.FAILED,
            attempts=sent.attempts + 1,
            claimed_at=None,
            error=delivery.error,
            next_attempt_at=next_attempt(
                sent.attempts + 1,
                now,
                jitter=services.jitter(),
                asked=delivery.retry_after,
            ),
        )
        action = AuditAction.NOTIFICATION_FAILED
        if is_hopeless(failed, now):
            failed = replace(failed, state=NotificationState.ABANDONED)
            action = AuditAction.NOTIFICATION_ABANDONED
        work.record(_fact(failed, action, now, {"error": delivery.error}))
        if wants_fallback(failed, now):
            failed = replace(failed, fallback_sent=True)
            _send_to_fallback(work, failed, policies, now)
            tell_failing(services, work, failed, policies, now)
        work.save_notification(failed)


def _record_delivered(work: UnitOfWork, sent: Notification, now: datetime) -> None:
    delivered = replace(
        sent,
        state=NotificationState.DELIVERED,
        attempts=sent.attempts + 1,
        claimed_at=None,
        delivered_at=now,
        error="",
    )
    work.save_notification(delivered)
    work.record(_fact(delivered, AuditAction.NOTIFICATION_DELIVERED, now))


def _send_to_fallback(
    work: UnitOfWork, failed: Notification, policies: PolicySet, now: datetime
) -> None:
    fallback = _fallback(policies, failed.channel)
    if fallback is None:
        return
    copy = replace(
        failed,
        id=stable_id("nt", failed.id, "fallback"),
        channel=fallback,
        state=NotificationState.PENDING,
        created_at=now,
        next_attempt_at=now,
        attempts=0,
        error="",
        fallback_sent=False,
        fallback_for=failed.channel,
    )
    enqueue(work, [copy])
    detail: dict[str, Json] = {"to": fallback, "as": copy.id}
    work.record(_fact(failed, AuditAction.NOTIFICATION_REDIRECTED, now, detail))


def _fact(
    notification: Notification,
    action: AuditAction,
    at: datetime,
    detail: dict[str, Json] | None = None,
) -> Fact:
    return Fact(
        chain=notification.organization,
        at=at,
        actor=ACTOR,
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
