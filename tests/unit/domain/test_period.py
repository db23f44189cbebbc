from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import InvalidInput
from service.domain.period import (
    PeriodKind,
    month_called,
    month_of,
    period_of,
    previous_month,
    require_utc,
)
from tests.builders import NOON

zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(
    datetime(1990, 1, 3),  # noqa: DTZ001 - the zone is drawn apart
    datetime(2199, 12, 28),  # noqa: DTZ001 - the zone is drawn apart
    timezones=zones,
)


@pytest.mark.parametrize(
    ("kind", "at", "key", "days"),
    [
        pytest.param("month", "2024-02-29T23:59:59Z", "2024-02", 29, id="leap year"),
        pytest.param("month", "2026-02-28T23:59:59Z", "2026-02", 28, id="common year"),
        pytest.param("month", "2000-02-29T00:00:00Z", "2000-02", 29, id="leap century"),
        pytest.param("month", "2100-02-28T00:00:00Z", "2100-02", 28, id="common one"),
        pytest.param("month", "2026-12-31T23:59:59Z", "2026-12", 31, id="December"),
        pytest.param("month", "2026-04-30T00:00:00Z", "2026-04", 30, id="30 days"),
        pytest.param(
            "month",
            "2026-09-01T01:30:00+02:00",
            "2026-08",
            31,
            id="August in UTC",
        ),
        pytest.param(
            "month", "2026-08-31T20:30:00-05:00", "2026-09", 30, id="September in UTC"
        ),
        pytest.param("week", "2026-08-20T12:00:00Z", "2026-W34", 7, id="a Thursday"),
        pytest.param("week", "2026-08-17T00:00:00Z", "2026-W34", 7, id="its Monday"),
        pytest.param("week", "2026-08-23T23:59:59Z", "2026-W34", 7, id="its Sunday"),
        pytest.param("week", "2027-01-03T12:00:00Z", "2026-W53", 7, id="a 53rd week"),
        pytest.param("week", "2024-12-30T12:00:00Z", "2025-W01", 7, id="next year's"),
        pytest.param("day", "2026-08-20T23:59:59Z", "2026-08-20", 1, id="a day"),
    ],
)
def test_periods_are_the_calendars_in_utc(
    kind: str, at: str, key: str, days: int
) -> None:
    moment = datetime.fromisoformat(at)
    period = period_of(PeriodKind(kind), moment)

    assert (period.key, (period.end - period.start).days) == (key, days)
    assert period.start <= moment < period.end


@given(at=moments)
def test_a_month_is_a_calendar_month(at: datetime) -> None:
    month = month_of(at)
    utc = at.astimezone(UTC)

    assert month.start == datetime(utc.year, utc.month, 1, tzinfo=UTC)
    assert (month.end - month.start).days == monthrange(utc.year, utc.month)[1]
    assert month == period_of(PeriodKind.MONTH, at)


@given(at=moments, kind=st.sampled_from(PeriodKind))
def test_periods_follow_each_other_without_gap_or_overlap(
    at: datetime, kind: PeriodKind
) -> None:
    period = period_of(kind, at)
    instant = timedelta(microseconds=1)

    assert period.start <= at < period.end
    assert period_of(kind, period.start) == period
    assert period_of(kind, period.end - instant) == period
    assert period_of(kind, period.end).start == period.end
    assert period_of(kind, period.end).key > period.key


@given(at=moments)
def test_a_week_is_an_iso_week(at: datetime) -> None:
    week = period_of(PeriodKind.WEEK, at)
    year, number, _ = at.astimezone(UTC).isocalendar()

    assert week.start.isoweekday() == 1
    assert week.key == f"{year:04d}-W{number:02d}"


@given(at=moments)
def test_the_month_before_ends_where_a_month_begins(at: datetime) -> None:
    assert previous_month(month_of(at)).end == month_of(at).start


def test_the_month_before_a_week_is_counted_from_its_first_day() -> None:
    week = period_of(PeriodKind.WEEK, datetime(2026, 9, 2, tzinfo=UTC))

    assert previous_month(week).key == "2026-07"


def test_a_day_is_in_a_period_from_its_first_to_its_last() -> None:
    august = month_of(NOON)

    assert august.has_day(date(2026, 8, 1))
    assert august.has_day(date(2026, 8, 31))
    assert not august.has_day(date(2026, 9, 1))
    assert not august.has_day(date(2026, 7, 31))


def test_a_time_must_say_its_zone() -> None:
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(InvalidInput, match="must say its zone"):
        require_utc(naive)
    given = require_utc(NOON.astimezone(timezone(timedelta(hours=9))))
    # Equal moments may be of different days: a period is of the days of UTC.
    assert given == NOON
    assert given.tzinfo is UTC


@pytest.mark.parametrize("key", ["2026-08", "2025-12", "2026-01"])
def test_a_month_is_found_by_its_key(key: str) -> None:
    month = month_called(key)

    assert month.key == key
    assert month.kind is PeriodKind.MONTH


@pytest.mark.parametrize(
    "key", ["", "2026", "2026-13", "2026-08-20", "2026-W34", "x-y"]
)
def test_a_text_that_names_no_month_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="expected a month like 2026-08, not"):
        month_called(key)
