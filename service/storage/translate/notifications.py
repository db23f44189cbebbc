"""Notifications as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.notification import Notification, NotificationState
from service.storage.documents import MESSAGE


def row_from_notification(notification: Notification) -> dict[str, object]:
    return {
        "id": notification.id,
        "channel": notification.channel,
        "organization": notification.organization,
        "state": notification.state.value,
        "created_at": notification.created_at,
        "next_attempt_at": notification.next_attempt_at,
        "attempts": notification.attempts,
        "claimed_at": notification.claimed_at,
        "delivered_at": notification.delivered_at,
        "error": notification.error,
        "fallback_sent": notification.fallback_sent,
        "fallback_for": notification.fallback_for,
        "merged_into": notification.merged_into,
        "message": MESSAGE.dump(notification.message),
    }


def notification_from_row(row: Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        channel=row.channel,
        organization=row.organization,
        state=NotificationState(row.state),
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        claimed_at=row.claimed_at,
        delivered_at=row.delivered_at,
        error=row.error,
        fallback_sent=row.fallback_sent,
        fallback_for=row.fallback_for,
        merged_into=row.merged_into,
        message=MESSAGE.load(row.message),
    )
