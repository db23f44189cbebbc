"""What a window usually costs: which earlier ones it is held against, to the cent."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest

from service.domain.course import Course
from service.domain.pace import Pace, paces_of
from tests.builders import DAY, HOUR
from tests.unit.domain.courses import MONDAY, SLOT, sample

WINDOW = timedelta(hours=3)
FIFTH_MONDAY = MONDAY + 28 * DAY + 12 * HOUR


def by_quarters(cost: Callable[[datetime], int], until: datetime) -> Course:
    """Give a line of what each quarter of an hour cost, in hundredths, from Monday."""
    times = [MONDAY + number * SLOT for number in range((until - MONDAY) // SLOT + 1)]
    spent = accumulate((cost(at) for at in times[:-1]), initial=0)
    return Course(
        sample(at, Decimal(each).scaleb(-2))
        for at, each in zip(times, spent, strict=True)
    )


def test_the_usual_is_the_median_of_earlier_weeks_without_what_is_looked_at() -> None:
    now = FIFTH_MONDAY
    of_week = (200, 50, 100, 150, 2500)
    course = by_quarters(lambda at: of_week[(at - MONDAY).days // 7], now)

    assert paces_of(course, WINDOW, now) == (
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
    now = FIFTH_MONDAY
    course = by_quarters(lambda at: 1201 if at.time() == hour else 1, now)

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, tuple)
    assert found[0].usual == Decimal("12.12" if is_counted else "0.12")


def test_where_few_weeks_are_known_a_workday_is_held_against_workdays() -> None:
    now = MONDAY + 15 * DAY + 12 * HOUR
    course = by_quarters(lambda at: 10 if at.weekday() > 4 else 100, now)

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, tuple)
    assert found[0].usual == 12
