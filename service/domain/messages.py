"""From events to notifications: one message per channel, grouping all of a check."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.audit import Head
from service.domain.decision import Told
from service.domain.identity import stable_id
from service.domain.notification import (
    Burner,
    Event,
    EventKind,
    Figures,
    Message,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity

# How long a message waits for the limit change of its own check, so that one message
# tells both; the change itself may take longer, and then follows on its own.
HOLD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every message of one occasion (a check, a person's act) shares."""

    occasion: str
    organization: str
    at: datetime
    period: str
    figures: Figures | None = None
    burners: tuple[Burner, ...] = ()
    revision: str | None = None
    commit: str | None = None
    author: str | None = None
    link: str | None = None


def notification_id(occasion: str, channel: str) -> str:
    """Give the id of what one channel is told of one occasion."""
    return stable_id("nt", occasion, channel)


def notifications_of(
    told: Iterable[Told], envelope: Envelope, *, hold: timedelta = timedelta(0)
) -> tuple[Notification, ...]:
    """Group events by channel, in the order in which they were decided."""
    by_channel: dict[str, list[Event]] = {}
    for each in told:
        for channel in each.channels:
            by_channel.setdefault(channel, []).append(each.event)
    return tuple(
        Notification(
            id=notification_id(envelope.occasion, channel),
            channel=channel,
            organization=envelope.organization,
            message=message_of(tuple(events), envelope),
            state=NotificationState.PENDING,
            created_at=envelope.at,
            next_attempt_at=envelope.at + hold,
        )
        for channel, events in by_channel.items()
    )


def _worst(events: Iterable[Event]) -> Severity:
    return max((event.severity for event in events), key=lambda each: each.rank)


def message_of(
    events: tuple[Event, ...], envelope: Envelope, heads: tuple[Head, ...] = ()
) -> Message:
    """Give the message that tells events of one occasion."""
    return Message(
        organization=envelope.organization,
        at=envelope.at,
        period=envelope.period,
        severity=_worst(events),
        events=tuple(_with_link(event, envelope.link) for event in events),
        figures=envelope.figures,
        burners=envelope.burners,
        revision=envelope.revision,
        commit=envelope.commit,
        author=envelope.author,
        link=envelope.link,
        heads=heads,
    )


_ANSWERED_AT_A_PAGE = frozenset(
    {EventKind.APPROVAL_REQUESTED, EventKind.APPROVAL_REMINDER}
)


def _with_link(event: Event, public_url: str | None) -> Event:
    if public_url is None or event.kind not in _ANSWERED_AT_A_PAGE:
        return event
    base = public_url.rstrip("/")
    return replace(event, link=f"{base}/approvals/{event.approval_id}/page")


def with_events(
    waiting: Notification, later: Notification, now: datetime
) -> Notification:
    """Give a waiting notification that tells more, on newer figures, and may go out.

    What was planned is left out once it is told how it ended.
    """
    added = later.message.events
    ended = {event.change_id for event in added if event.change_id is not None}
    kept = tuple(
        event
        for event in waiting.message.events
        if not (event.is_planned and event.change_id in ended)
    )
    message = replace(
        waiting.message,
        events=(*kept, *added),
        severity=_worst((*kept, *added)),
        figures=later.message.figures or waiting.message.figures,
    )
    return replace(waiting, message=message, next_attempt_at=now)


def merged(newest: Notification, older: Iterable[Notification]) -> Notification:
    """Give the newest of a backlog with the events of the older ones before its own.

    It is as old as the oldest of them: what goes on failing must be given up some day,
    however much new comes in.
    """
    backlog = tuple(older)
    parts = (*backlog, newest)
    events = tuple(
        replace(event, waits_since=_waits_since(event, each))
        for each in parts
        for event in each.message.events
    )
    # The newest heads that are there: a message without them is none of the first.
    heads = next((m.heads for m in _newest_first(newest, backlog) if m.heads), ())
    oldest = min(each.created_at for each in parts)
    together = _with_only(newest, events)
    message = replace(together.message, heads=heads)
    return replace(together, message=message, created_at=oldest)


def _newest_first(
    newest: Notification, older: tuple[Notification, ...]
) -> Iterator[Message]:
    yield newest.message
    yield from (each.message for each in reversed(older))


def parted(
    notification: Notification, since: datetime
) -> tuple[Notification, Notification | None]:
    """Part what has waited since then, or longer, from what is younger, if any is.

    The younger part keeps the id.
    """
    waits = [(_waits_since(e, notification), e) for e in notification.message.events]
    young = [(at, event) for at, event in waits if at > since]
    if not young:
        return notification, None
    gone = _with_only(notification, tuple(e for at, e in waits if at <= since))
    kept = _with_only(notification, tuple(event for _, event in young))
    name = stable_id("nt", notification.id, "part", notification.created_at)
    oldest = min(at for at, _ in young)
    return replace(gone, id=name), replace(kept, created_at=oldest)


def _waits_since(event: Event, notification: Notification) -> datetime:
    return event.waits_since or notification.created_at


def _with_only(notification: Notification, events: tuple[Event, ...]) -> Notification:
    message = replace(notification.message, events=events, severity=_worst(events))
    return replace(notification, message=message)
