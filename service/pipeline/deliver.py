"""From the outbox to the channels: claim, send, record; retries, fallback, merging.

A message is lost by nobody: it is claimed by compare-and-set, recorded after it was
sent, and taken again when its sender died. So it may arrive twice, with one id.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.audit import AuditAction, Json
from service.domain.durations import Work
from service.domain.errors import NotFound
from service.domain.identity import stable_id
from service.domain.messages import merged, parted
from service.domain.notification import (
    ABANDON_AFTER,
    FALLBACK_AFTER,
    Delivery,
    Notification,
    NotificationState,
    is_hopeless,
    next_attempt,
    wants_fallback,
)
from service.domain.policy_set import PolicySet
from service.pipeline.delivery_alerts import (
    fallback_of,
    is_about,
    is_declared,
    tell_failing,
    tell_gone,
    tell_working,
)
from service.pipeline.durations import timed
from service.pipeline.outbox import delivery_fact, enqueue
from service.ports import Services, UnitOfWork

# A claim this old was left by a process that died: an attempt takes ten seconds.
CLAIM_FOR = timedelta(seconds=30)
_LANES = 8


def due_channels(
    services: Services, claim_for: timedelta = CLAIM_FOR
) -> tuple[str, ...]:
    """Name the channels that have something to send now."""
    now = services.clock.now()
    return services.queries.due_channels(now, now - claim_for)


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
        with timed(services, Work.DELIVERY):
            delivery = _send(services, claimed)
        _record(services, claimed, delivery)
        if not delivery.is_delivered:
            return attempts


def _send(services: Services, claimed: Notification) -> Delivery:
    """Hand a message to its channel; whatever goes wrong is a failed attempt."""
    try:
        channel = services.channel(claimed.channel)
        return channel.send(claimed.message, claimed.id)
    except NotFound as error:
        # The policies no longer declare it; the message still has somewhere to go.
        return Delivery(is_delivered=False, error=str(error))
    except Exception as error:  # noqa: BLE001 - one channel must not stop the others
        # The type alone: the text may hold the address, which is a secret.
        broken = f"the channel broke down: {type(error).__name__}"
        return Delivery(is_delivered=False, error=broken)


def _claim(
    services: Services, channel: str, claim_for: timedelta
) -> Notification | None:
    """Take the next message of a channel, a backlog being merged into one."""
    now = services.clock.now()
    with services.transaction() as work:
        due = work.due_notifications(channel, now, now - claim_for)
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
    fallback = fallback_of(services.policies.current(), notification.channel)
    return notification.fallback_sent or fallback is None


def _merge(
    work: UnitOfWork, backlog: list[Notification], now: datetime
) -> Notification | None:
    *others, newest = sorted(backlog, key=lambda each: (each.created_at, each.id))
    if not work.claim(newest, now):
        return None
    # What somebody else is sending by itself does not go out in here as well.
    older = [each for each in others if work.claim(each, now)]
    together = replace(
        merged(newest, older), state=NotificationState.SENDING, claimed_at=now
    )
    work.save_notification(together)
    into: dict[str, Json] = {"into": newest.id}
    for each in older:
        inside = replace(each, state=NotificationState.MERGED, merged_into=newest.id)
        work.save_notification(inside)
        work.record(delivery_fact(inside, AuditAction.NOTIFICATION_MERGED, now, into))
    return together


def _record(services: Services, sent: Notification, delivery: Delivery) -> None:
    now = services.clock.now()
    with services.transaction() as work:
        if delivery.is_delivered:
            _record_delivered(work, sent, now)
            tell_working(work, sent.channel, now)
        elif _is_still_ours(work.notification(sent.id), sent):
            _record_failed(services, work, sent, delivery, now)


def _is_still_ours(kept: Notification | None, sent: Notification) -> bool:
    """Say whether nobody took a message over, its attempt having taken too long."""
    return (
        kept is not None
        and kept.state is NotificationState.SENDING
        and kept.claimed_at == sent.claimed_at
    )


def _record_failed(
    services: Services,
    work: UnitOfWork,
    sent: Notification,
    delivery: Delivery,
    now: datetime,
) -> None:
    policies = services.policies.current()
    attempts = sent.attempts + 1
    failed = replace(
        sent,
        state=NotificationState.FAILED,
        attempts=attempts,
        claimed_at=None,
        error=delivery.error,
        next_attempt_at=next_attempt(
            attempts, now, jitter=services.jitter(), asked=delivery.retry_after
        ),
    )
    failed = _give_up_what_is_old(work, failed, now)
    action = AuditAction.NOTIFICATION_FAILED
    if failed.state is NotificationState.ABANDONED:
        action = AuditAction.NOTIFICATION_ABANDONED
    work.note_failed(failed.channel, delivery.error, now)
    work.record(delivery_fact(failed, action, now, {"error": delivery.error}))
    # By the time of the next attempt: a channel may ask to be left alone for hours.
    if wants_fallback(failed, failed.next_attempt_at):
        failed = replace(failed, fallback_sent=True)
        _send_to_fallback(work, failed, policies, now)
        tell_failing(services, work, failed, policies, now)
    if not is_declared(policies, failed.channel):
        tell_gone(work, failed.channel, now)
    work.save_notification(failed)


def _give_up_what_is_old(
    work: UnitOfWork, failed: Notification, now: datetime
) -> Notification:
    """Abandon what a day has passed of; the rest of a merged message goes on."""
    if not is_hopeless(failed, now):
        return failed
    gone, kept = parted(failed, now - ABANDON_AFTER)
    gone = replace(gone, state=NotificationState.ABANDONED)
    if kept is None:
        return gone
    work.enqueue(gone)
    of: dict[str, Json] = {"error": failed.error, "of": failed.id}
    work.record(delivery_fact(gone, AuditAction.NOTIFICATION_ABANDONED, now, of))
    return kept


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
    work.note_delivered(sent.channel, sent.id, now)
    work.record(delivery_fact(delivered, AuditAction.NOTIFICATION_DELIVERED, now))


def _send_to_fallback(
    work: UnitOfWork, failed: Notification, policies: PolicySet, now: datetime
) -> None:
    fallback = fallback_of(policies, failed.channel)
    if fallback is None or is_about(work, failed.message, fallback, now):
        return
    is_due = wants_fallback(replace(failed, fallback_sent=False), now)
    copy = replace(
        failed,
        id=stable_id("nt", failed.id, "fallback"),
        channel=fallback,
        state=NotificationState.PENDING,
        created_at=now,
        next_attempt_at=now if is_due else failed.created_at + FALLBACK_AFTER,
        attempts=0,
        error="",
        fallback_sent=False,
        fallback_for=failed.channel,
    )
    enqueue(work, [copy])
    detail: dict[str, Json] = {"to": fallback, "as": copy.id}
    work.record(delivery_fact(failed, AuditAction.NOTIFICATION_REDIRECTED, now, detail))
