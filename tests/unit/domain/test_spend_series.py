"""What a policy test spends, from a few points of a line."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import pytest

from service.domain.quantity import Multiple
from service.domain.spend_series import Between, Point, SpendSeries, Usual

START = datetime(2026, 8, 20, 12, tzinfo=UTC)
END = datetime(2026, 9, 2, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usual(day: int = 240, weekend: int = 240, **changes: int) -> Usual:
    """Give 240 a day, ten an hour, since the first of July."""
    return Usual(
        since=date(2026, 7, 1),
        day=Decimal(day),
        weekend=Decimal(weekend),
        **changes,
    )


def series(
    *points: tuple[datetime, int | str],
    of: Usual | None = None,
    between: Between = Between.LINE,
) -> SpendSeries:
    """Give a series; a text is a multiple of the usual."""
    placed: list[Point] = [
        (
            at,
            Multiple(Decimal(value)) if isinstance(value, str) else Decimal(value),
        )
        for at, value in points
    ]
    return SpendSeries(placed, of, START, END, between)


def spent(line: SpendSeries, at: datetime) -> Decimal:
    return line.level(at) - line.before(at.replace(day=1, hour=0, minute=0))


def test_spend_rises_evenly_from_nothing_and_from_point_to_point() -> None:
    line = series((START, 1950), (START + 2 * HOUR, 2000))

    assert spent(line, AUGUST) == 0
    # Half of the way to the first point.
    assert spent(line, AUGUST + (START - AUGUST) / 2) == 975
    assert spent(line, START + HOUR) == 1975


def test_behind_its_last_point_a_month_spends_nothing_more() -> None:
    line = series((START, 100), (datetime(2026, 9, 1, 12, tzinfo=UTC), 50))

    assert spent(line, datetime(2026, 8, 31, 23, tzinfo=UTC)) == 100
    assert spent(line, datetime(2026, 9, 1, 6, tzinfo=UTC)) == 25
    assert spent(line, datetime(2026, 9, 1, 18, tzinfo=UTC)) == 50


def test_in_steps_it_is_there_at_once_at_each_point() -> None:
    line = series((START, 100), (START + HOUR, 300), between=Between.STEPS)

    assert spent(line, START - HOUR) == 0
    assert spent(line, START) == 100
    assert line.before(START) == 0
    assert spent(line, START + HOUR / 2) == 100
    assert spent(line, START + HOUR) == 300


def test_without_points_the_history_goes_on() -> None:
    line = series(of=usual())

    assert spent(line, START) == 19 * 240 + 120
    assert line.level(datetime(2026, 6, 1, tzinfo=UTC)) == 0
    assert line.level(END + HOUR) - line.level(END) == 0


def test_up_to_its_first_point_spend_rises_as_the_history_does() -> None:
    # 14 weekdays and six hours of 24 on the 15th, and nothing at weekends.
    line = series((START, 1450), of=usual(day=100, weekend=0))
    friday, sunday = (
        datetime(2026, 8, 15, tzinfo=UTC),
        datetime(2026, 8, 17, tzinfo=UTC),
    )

    assert spent(line, START) == 1450
    assert spent(line, friday) == spent(line, sunday)


def test_a_multiple_spends_so_many_times_the_usual_from_the_point_before() -> None:
    line = series((START + HOUR, "1"), (START + 3 * HOUR, "20"), of=usual())

    begin = spent(line, START)
    assert begin == 19 * 240 + 120
    assert spent(line, START + HOUR) - begin == 10
    assert spent(line, START + 2 * HOUR) - begin == 210
    assert spent(line, START + 3 * HOUR) - begin == 410
    assert spent(line, START + 9 * HOUR) - begin == 410


def test_the_usual_keeps_to_its_hours_and_to_its_weekends() -> None:
    of = usual(day=100, weekend=0, first_hour=8, last_hour=18)
    thursday, saturday = START.replace(hour=0), datetime(2026, 8, 22, tzinfo=UTC)

    assert of.spent(thursday, thursday + 8 * HOUR) == 0
    assert of.spent(thursday, thursday + 13 * HOUR) == 50
    assert of.spent(thursday, thursday + 24 * HOUR) == 100
    assert of.spent(saturday, saturday + 48 * HOUR) == 0
    assert of.of(date(2026, 6, 30)) == 0
    assert of.spent(datetime(2026, 6, 1, tzinfo=UTC), AUGUST) == 23 * 100
    line = series((thursday, 1000), (thursday + 24 * HOUR, "1"), of=of)
    assert spent(line, thursday + 8 * HOUR) == 1000
    assert spent(line, thursday + 13 * HOUR) == 1050


def test_a_leap_at_midnight_belongs_to_the_day_that_begins() -> None:
    midnight = datetime(2026, 8, 21, tzinfo=UTC)
    line = series((START, 100), (midnight, 300), between=Between.STEPS)

    assert dict(line.days(AUGUST, midnight))[date(2026, 8, 20)] == 100
    assert dict(line.days(AUGUST, midnight))[date(2026, 8, 21)] == 200


@pytest.mark.parametrize("hours", [1, 7, 30])
def test_days_add_up_to_the_month_to_the_last_digit(hours: int) -> None:
    line = series((START, 1000), (START + 40 * HOUR, 1001))
    now = START + hours * HOUR

    total = sum(amount for _, amount in line.days(AUGUST, now))

    assert total == spent(line, now).quantize(Decimal("0.000001"), ROUND_DOWN)
