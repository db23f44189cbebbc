from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.notification import is_hopeless, next_attempt, wants_fallback
from service.domain.policy import Severity
from tests.builders import DAY, HOUR, MINUTE, NOON, Fields
from tests.unit.domain.messages import message, notification

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        (1, 5 * SECOND),
        (2, 10 * SECOND),
        (5, 80 * SECOND),
        (8, 640 * SECOND),
        (9, 15 * MINUTE),
        (10, 15 * MINUTE),
        (1000, 15 * MINUTE),
    ],
)
def test_waits_double_from_five_seconds_to_a_quarter_of_an_hour(
    attempts: int, wait: timedelta
) -> None:
    assert next_attempt(attempts, NOON, jitter=0.0) == NOON + wait


@given(attempts=st.integers(1, 60), jitter=st.floats(0, 1))
def test_jitter_takes_off_at_most_half(attempts: int, jitter: float) -> None:
    full = next_attempt(attempts, NOON, jitter=0.0) - NOON
    wait = next_attempt(attempts, NOON, jitter=jitter) - NOON

    assert full / 2 <= wait <= full


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        pytest.param(9, 15 * MINUTE / 2, id="half of the longest"),
        pytest.param(2, 5 * SECOND, id="half of ten seconds"),
        pytest.param(1, 5 * SECOND, id="never sooner than in five"),
    ],
)
def test_the_greatest_jitter_takes_off_half(attempts: int, wait: timedelta) -> None:
    assert next_attempt(attempts, NOON, jitter=1.0) == NOON + wait


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        pytest.param(HOUR, HOUR, id="longer is obeyed"),
        pytest.param(SECOND, 5 * SECOND, id="shorter is not"),
    ],
)
def test_what_the_other_side_asked_for(asked: timedelta, wait: timedelta) -> None:
    assert next_attempt(1, NOON, jitter=0.0, asked=asked) == NOON + wait


@pytest.mark.parametrize(
    ("changes", "severity", "after", "expected"),
    [
        pytest.param({"attempts": 0}, "critical", HOUR, False, id="not before a try"),
        pytest.param({"attempts": 1}, "critical", SECOND, True, id="critical at once"),
        pytest.param({"attempts": 1}, "warning", SECOND, False, id="not a first"),
        pytest.param({"attempts": 2}, "warning", SECOND, False, id="nor a second"),
        pytest.param({"attempts": 3}, "warning", SECOND, True, id="after three"),
        pytest.param({"attempts": 1}, "info", 2 * MINUTE, True, id="after two minutes"),
        pytest.param(
            {"attempts": 9, "fallback_sent": True}, "critical", HOUR, False, id="once"
        ),
    ],
)
def test_the_fallback_gets_it(
    changes: Fields, severity: str, after: timedelta, *, expected: bool
) -> None:
    failing = notification(message=message(severity=Severity(severity)), **changes)

    assert wants_fallback(failing, NOON + after) is expected


def test_a_delivery_is_given_up_after_a_day() -> None:
    assert not is_hopeless(notification(), NOON + DAY - SECOND)
    assert is_hopeless(notification(), NOON + DAY)
