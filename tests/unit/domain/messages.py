"""Messages with defaults, beside the values of `tests.builders`."""

from dataclasses import replace

from service.domain.notification import (
    Event,
    EventKind,
    Message,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from tests.builders import NOON, Fields


def event(kind: EventKind = EventKind.FIRED, **changes: Fields) -> Event:
    built = Event(
        kind=kind, severity=Severity.WARNING, alert_kind="spend", detail="too much"
    )
    return replace(built, **changes)


def message(*events: Event, **changes: Fields) -> Message:
    built = Message(
        organization="acme",
        at=NOON,
        period="2026-08",
        severity=Severity.WARNING,
        events=events or (event(),),
    )
    return replace(built, **changes)


def notification(*events: Event, **changes: Fields) -> Notification:
    built = Notification(
        id="nt_1",
        channel="finops",
        organization="acme",
        message=message(*events),
        state=NotificationState.PENDING,
        created_at=NOON,
        next_attempt_at=NOON,
    )
    return replace(built, **changes)
