"""What a window usually costs: which earlier ones it is held against, to the cent."""

from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from decimal import Decimal
from statistics import median

import pytest

from service.domain.course import Course, slot_of
from service.domain.pace import Pace, paces_of
from tests.builders import CENT, DAY, HOUR
from tests.unit.domain.courses import MONDAY, SLOT, sample

WINDOW = timedelta(hours=3)
FIFTH_MONDAY = MONDAY + 28 * DAY + 12 * HOUR
EVERY_DAY = range(100)


def line(
    cost: Callable[[datetime], Decimal],
    until: datetime,
    seen: Collection[int] = EVERY_DAY,
) -> Course:
    """Give a line of what each quarter of an hour cost, from the first Monday on.

    From eight to one o'clock it was seen on some days alone, numbered from 0.
    """
    at, spent, samples = MONDAY, Decimal(0), []
    while at <= until:
        if (at - MONDAY).days in seen or not time(8) < at.time() < time(13):
            samples.append(sample(at, spent, month="2026-06"))
        spent, at = spent + cost(at), at + SLOT
    return Course(samples)


def test_the_usual_is_the_median_of_earlier_weeks_without_what_is_looked_at() -> None:
    of_week = [Decimal(each) for each in ("2", "0.5", "1", "1.5", "25")]
    course = line(lambda at: of_week[(at - MONDAY).days // 7], FIFTH_MONDAY)

    assert paces_of(course, WINDOW, FIFTH_MONDAY) == (
        Pace(spent=Decimal(300), usual=Decimal(15), window=WINDOW),
        Pace(spent=Decimal(75), usual=Decimal("3.75"), window=WINDOW / 4),
    )


@pytest.mark.parametrize(
    ("hour", "is_counted"),
    [
        pytest.param(time(8, 15), False, id="earlier than half an hour sooner"),
        pytest.param(time(8, 30), True, id="half an hour sooner"),
        pytest.param(time(9), True, id="within"),
        pytest.param(time(12, 15), True, id="half an hour later"),
        pytest.param(time(12, 30), False, id="later than half an hour later"),
    ],
)
def test_an_earlier_window_is_as_dear_as_half_an_hour_sooner_or_later(
    hour: time, *, is_counted: bool
) -> None:
    course = line(lambda at: CENT + 12 * (at.time() == hour), FIFTH_MONDAY)

    found = paces_of(course, WINDOW, FIFTH_MONDAY)

    assert isinstance(found, tuple)
    assert found[0].usual == Decimal("12.12" if is_counted else "0.12")


@pytest.mark.parametrize(
    ("now", "window", "seen", "against"),
    [
        pytest.param(
            FIFTH_MONDAY, WINDOW, EVERY_DAY, (0, 7, 14, 21), id="the same weekday"
        ),
        pytest.param(
            MONDAY + 63 * DAY + 12 * HOUR,
            WINDOW,
            EVERY_DAY,
            range(7, 57, 7),
            id="of the last eight weeks",
        ),
        pytest.param(
            MONDAY + 17 * DAY + 12 * HOUR,
            WINDOW,
            EVERY_DAY,
            (0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16),
            id="while fewer than three are known: workdays to yesterday",
        ),
        pytest.param(
            MONDAY + 17 * DAY + 12 * HOUR,
            timedelta(hours=23, minutes=30),
            EVERY_DAY,
            (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15),
            id="a day up to noon: none that half an hour later reaches into it",
        ),
        pytest.param(
            MONDAY + 21 * DAY + HOUR,
            WINDOW,
            EVERY_DAY,
            (5, 6, 12, 13, 19),
            id="the night from Sunday on is one of a weekend",
        ),
        pytest.param(
            MONDAY + 64 * DAY + 12 * HOUR,
            WINDOW,
            (7, 8, 9, 10, 64),
            (8, 9, 10),
            id="workdays of the last eight weeks",
        ),
        pytest.param(
            MONDAY + 64 * DAY + 12 * HOUR,
            WINDOW,
            (7, 8, 12, 13, 64),
            (8, 12, 13),
            id="while fewer than three workdays are known: all days",
        ),
    ],
)
def test_a_window_is_held_against_those_like_it(
    now: datetime, window: timedelta, seen: Collection[int], against: Collection[int]
) -> None:
    middle = slot_of(now - window / 2).time()

    def cost(at: datetime) -> Decimal:
        """Let each day that was seen cost its number, in the middle of the window."""
        number = (at - MONDAY).days
        return CENT + number * (at.time() == middle and number in seen)

    found = paces_of(line(cost, now, seen), window, now)

    assert isinstance(found, tuple)
    assert found[0].usual == median(map(Decimal, against)) + window // SLOT * CENT
