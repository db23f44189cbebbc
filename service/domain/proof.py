"""What shows that a channel works, and when it is to be proven again (F25)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.alert import SYSTEM
from service.domain.audit import Head
from service.domain.identity import stable_id
from service.domain.messages import Envelope, message_of
from service.domain.notification import (
    Event,
    EventKind,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from service.domain.quantity import shown_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """When a channel last took a message, and when it last failed to.

    `since` is when it was first seen; `error` belongs to `failed_at` and names no
    secret. `drilled_at` is when a fire drill was last queued.
    """

    channel: str
    since: datetime
    delivered_at: datetime | None = None
    delivered_id: str | None = None
    failed_at: datetime | None = None
    error: str = ""
    drilled_at: datetime | None = None

    @property
    def is_failing(self) -> bool:
        """Say whether the last attempt failed."""
        if self.failed_at is None:
            return False
        return self.delivered_at is None or self.failed_at > self.delivered_at

    def wants_drill(self, interval: timedelta, now: datetime) -> bool:
        """Say whether nothing has proven the channel for that long; never at zero."""
        if not interval:
            return False
        known = (self.since, self.delivered_at, self.drilled_at)
        return now - max(each for each in known if each is not None) >= interval


def fire_drill(
    proof: Proof, interval: timedelta, envelope: Envelope, heads: tuple[Head, ...]
) -> Notification:
    """Give the message that proves a channel; one id per drill, over all processes."""
    event = Event(
        kind=EventKind.DRILL,
        severity=Severity.INFO,
        alert_kind="fire_drill",
        detail=f"This is a fire drill, nothing is wrong: no message has proven channel"
        f" {proof.channel} for {shown_duration(interval)}. Arriving, this one does.",
    )
    return Notification(
        id=stable_id("nt", "drill", proof.channel, proof.drilled_at or proof.since),
        channel=proof.channel,
        organization=SYSTEM,
        message=message_of((event,), envelope, heads),
        state=NotificationState.PENDING,
        created_at=envelope.at,
        next_attempt_at=envelope.at,
    )
