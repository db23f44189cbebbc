"""When a channel is proven to work, and when it is to be proven again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import SYSTEM
from service.domain.audit import Head
from service.domain.messages import Envelope, message_of
from service.domain.notification import (
    Event,
    EventKind,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from service.domain.proof import Proof, fire_drill
from tests.builders import DAY, HOUR, NOON, Fields

WEEK = 7 * DAY
HEADS = (Head(chain="acme", seq=7, hash="a" * 64),)
ENVELOPE = Envelope(occasion="drill", organization="system", at=NOON, period="2026-08")


def proof(**changes: Fields) -> Proof:
    return Proof(channel="finops", since=NOON - 30 * DAY, **changes)


@pytest.mark.parametrize(
    ("changes", "is_wanted"),
    [
        ({}, True),
        ({"delivered_at": NOON - WEEK}, True),
        ({"delivered_at": NOON - WEEK + HOUR}, False),
        ({"drilled_at": NOON - HOUR}, False),
        ({"delivered_at": NOON - 9 * DAY, "drilled_at": NOON - 8 * DAY}, True),
        ({"failed_at": NOON - HOUR, "error": "503"}, True),
        ({"delivered_at": NOON + HOUR}, False),
    ],
)
def test_a_drill_is_wanted_where_nothing_has_proven_the_channel(
    changes: dict[str, Fields], *, is_wanted: bool
) -> None:
    assert proof(**changes).wants_drill(WEEK, NOON) is is_wanted
    assert not proof(**changes).wants_drill(timedelta(0), NOON)


def test_a_new_channel_has_its_first_interval_before_it() -> None:
    assert not Proof(channel="new", since=NOON).wants_drill(WEEK, NOON + DAY)


@pytest.mark.parametrize(
    ("changes", "is_failing"),
    [
        ({}, False),
        ({"failed_at": NOON}, True),
        ({"failed_at": NOON, "delivered_at": NOON - HOUR}, True),
        ({"failed_at": NOON, "delivered_at": NOON + HOUR}, False),
    ],
)
def test_a_channel_fails_that_failed_last(
    changes: dict[str, Fields], *, is_failing: bool
) -> None:
    assert proof(**changes).is_failing is is_failing


def test_a_drill_says_that_it_is_one_and_carries_the_heads() -> None:
    drill = fire_drill(proof(), WEEK, ENVELOPE, HEADS)

    (event,) = drill.message.events
    assert event == Event(
        kind=EventKind.DRILL,
        severity=Severity.INFO,
        alert_kind="fire_drill",
        detail=event.detail,
    )
    assert "fire drill" in event.detail
    assert "finops for 7d" in event.detail
    assert drill == Notification(
        id=drill.id,
        channel="finops",
        organization=SYSTEM,
        message=message_of((event,), ENVELOPE, HEADS),
        state=NotificationState.PENDING,
        created_at=NOON,
        next_attempt_at=NOON,
    )


def test_each_drill_of_a_channel_has_one_id_whoever_queues_it() -> None:
    first = drill_id(proof())
    others = {
        drill_id(proof(drilled_at=NOON)),
        drill_id(proof(drilled_at=NOON + WEEK)),
        drill_id(replace(proof(), since=NOON - DAY)),
        drill_id(replace(proof(), channel="oncall")),
    }

    assert first.startswith("nt_")
    assert drill_id(proof()) == first
    assert len({first, *others}) == 5


def drill_id(of: Proof) -> str:
    return fire_drill(of, WEEK, ENVELOPE, ()).id
