"""What a threshold on activity sees, and what is missing until somebody crosses."""

from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.period import PeriodKind, period_of
from tests.builders import (
    NOON,
    failure,
    memory,
    policy_set,
    sighting,
    snapshot,
    state,
)
from tests.unit.domain.counting import chatty, did, key, seen
from tests.unit.domain.explaining import END, told
from tests.unit.domain.watching import Watching


def test_it_says_how_much_is_missing_for_who_is_nearest() -> None:
    found = snapshot(**seen(did(u1=3900, u2=12)))

    (chats,) = told(chatty(), seen=found).thresholds

    assert chats.source == "the provider's analytics of le Chat"
    assert (chats.figure.amount, chats.figure.as_of) == (Decimal(3900), NOON)
    assert chats.above == ()
    distance = chats.distance
    assert distance is not None
    assert (distance.more, distance.unit) == (Decimal(1100), "lechat.messages")
    assert distance.used_percent == 78
    assert distance.rate == Decimal(3900) / (Decimal("19.5") * 24)
    assert distance.rate_from == "the average since the period began"
    assert distance.at is not None
    assert (distance.at - NOON).days == 5
    assert distance.period_end == END


@pytest.mark.parametrize("window", list(PeriodKind))
def test_its_window_is_its_own(window: PeriodKind) -> None:
    found = snapshot(**seen(did(u1=10), key(window=window)))

    (chats,) = told(chatty({"window": window.value}), seen=found).thresholds

    assert chats.distance is not None
    assert chats.distance.period_end == period_of(window, NOON).end


def test_while_it_is_unknown_the_last_good_count_is_said() -> None:
    name = "lechat.messages per user a month|2026-08"
    known = memory(state(sightings={name: sighting(12, NOON)}))

    (chats,) = told(chatty(), known, snapshot(**seen(failure()))).thresholds

    assert chats.distance is None
    assert chats.outcome.value is None
    assert chats.last_good is not None
    assert (chats.last_good.amount, chats.last_good.at) == (Decimal(12), NOON)


def test_who_is_beyond_is_named_and_the_alert_is_found_in_its_window() -> None:
    of = chatty({"window": "day"})
    watched = Watching(policy_set(of))
    found = seen(did(u1=6000, u2=1), key(window=PeriodKind.DAY))
    watched.check(**found)

    (chats,) = told(of, watched.memory, snapshot(**found)).thresholds

    assert [each.name for each in chats.above] == ["u1"]
    assert chats.alert is not None
    assert chats.alert.state is AlertState.FIRING
    assert chats.distance is None
