"""Notifications: what a message says, and where its delivery stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from service.domain.audit import Head
from service.domain.expected import Expected
from service.domain.money import Money
from service.domain.policy import Severity

FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(minutes=15)
ABANDON_AFTER = timedelta(hours=24)
FALLBACK_AFTER = timedelta(minutes=2)
FALLBACK_FAILURES = 3
# How many of the first wait the last one is.
_MOST_DOUBLED = LAST_RETRY // FIRST_RETRY


class EventKind(StrEnum):
    """What a part of a message tells."""

    FIRED = "fired"
    RESOLVED = "resolved"
    REMINDER = "reminder"
    UPDATED = "updated"  # more is known of what was told before
    LIMIT_CHANGED = "limit_changed"
    LIMIT_CHANGE_ENDED = "limit_change_ended"  # failed or unknown
    LIMIT_CHANGE_SKIPPED = "limit_change_skipped"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_REMINDER = "approval_reminder"
    APPROVAL_GRANTED = "approval_granted"
    APPROVAL_DENIED = "approval_denied"
    APPROVAL_EXPIRED = "approval_expired"  # nobody answered
    APPROVAL_SUPERSEDED = "approval_superseded"  # nothing was left to approve
    NEW_PERIOD = "new_period"
    POLICY_RETIRED = "policy_retired"  # put over the API, now declared in a file
    SILENCE_ENDED = "silence_ended"  # with what it muted and is over by now
    DRILL = "drill"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; a message groups all of a check.

    `value` and `bound` are in `unit` (a currency, `%` or an event type); `detail` is a
    plain sentence of ours without markup.
    """

    kind: EventKind
    severity: Severity
    alert_kind: str
    detail: str
    policy_id: str | None = None
    policy_title: str | None = None
    threshold_id: str | None = None
    alert_id: str | None = None
    change_id: str | None = None
    value: Decimal | None = None
    bound: Decimal | None = None
    unit: str = ""
    is_planned: bool = False  # about something that will be done, not yet done
    waits_since: datetime | None = None  # where it is older or younger than its message
    approval_id: str | None = None
    link: str | None = None  # where a person answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Burner:
    """Who spends most: a category, model or workspace, and its change in a day.

    `today` and `yesterday` are the spend of the last two days of the figures.
    """

    dimension: str
    name: str
    spend: Money
    today: Money | None = None
    yesterday: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures a message stands on, with their age.

    `limit` is a text (`4000.00 EUR`, `unlimited`) or None when unreadable;
    `hours_left` counts to the limit at the present burn rate (per hour); `forecast` is
    of the month's end, in the currency of `spend`, or why there is none.
    """

    state: str
    reason: str | None = None
    spend: Money | None = None
    as_of: datetime | None = None
    age_seconds: int | None = None
    limit: str | None = None
    headroom: Money | None = None
    burn_rate: Money | None = None
    hours_left: Decimal | None = None
    exposure: Money | None = None
    forecast: Expected = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """All that one channel is told of one check; rendered by the channel.

    `heads` are those of the audit log, in one message a day.
    """

    organization: str
    at: datetime
    period: str
    severity: Severity
    events: tuple[Event, ...]
    figures: Figures | None = None
    burners: tuple[Burner, ...] = ()
    revision: str | None = None
    commit: str | None = None
    author: str | None = None
    link: str | None = None
    heads: tuple[Head, ...] = ()


class NotificationState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"  # claimed by a process
    DELIVERED = "delivered"
    FAILED = "failed"  # will be tried again
    ABANDONED = "abandoned"  # given up after a day; visible, and can be retried by hand
    MERGED = "merged"  # its events went out inside a later message


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message for one channel; its id stays over retries and restarts."""

    id: str
    channel: str
    organization: str
    message: Message
    state: NotificationState
    created_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    claimed_at: datetime | None = None
    delivered_at: datetime | None = None
    error: str = ""
    fallback_sent: bool = False
    fallback_for: str | None = None  # the channel that keeps failing
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How one attempt ended; `error` names no secret.

    `retry_after` is what the other side asked for, if it did.
    """

    is_delivered: bool
    error: str = ""
    retry_after: timedelta | None = None


def next_attempt(
    attempts: int, now: datetime, *, jitter: float, asked: timedelta | None = None
) -> datetime:
    """Give when to try again after so many failed attempts (from 1).

    Doubles from 5 s to 15 min; `jitter`, from 0 to 1, takes up to half of the wait
    off, so that many messages do not return at once; never sooner than in 5 s, nor
    than was asked.
    """
    doubled = FIRST_RETRY * min(1 << (attempts - 1), _MOST_DOUBLED)
    wait = doubled * (1 - jitter / 2)
    return now + max(wait, FIRST_RETRY, asked or timedelta(0))


def wants_fallback(notification: Notification, now: datetime) -> bool:
    """Say whether the fallback should have it now, after a failed attempt.

    After three failures or two minutes; a critical one after the first failure.
    """
    if notification.fallback_sent or not notification.attempts:
        return False
    return (
        notification.message.severity is Severity.CRITICAL
        or notification.attempts >= FALLBACK_FAILURES
        or now - notification.created_at >= FALLBACK_AFTER
    )


def is_hopeless(notification: Notification, now: datetime) -> bool:
    """Say whether a failing delivery is to be given up: a day has passed."""
    return now - notification.created_at >= ABANDON_AFTER
