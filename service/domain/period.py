"""Periods of the provider's calendar, which is UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from service.domain.errors import InvalidInput


class PeriodKind(StrEnum):
    """The length a budget is planned for."""

    MONTH = "month"
    WEEK = "week"  # ISO, from Monday
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BillingPeriod:
    """The days from `start` up to, not including, `end`, both UTC midnights."""

    start: datetime
    end: datetime
    kind: PeriodKind

    @property
    def key(self) -> str:
        """`2026-08`, `2026-W34` or `2026-08-20`: what state is filed under."""
        return _key_of(self.kind, self.start)

    def has_day(self, day: date) -> bool:
        """Say whether a UTC day lies in the period."""
        return self.start.date() <= day < self.end.date()


# Asked for by every threshold of every policy, and there are three in a check.
@lru_cache(maxsize=64)
def _key_of(kind: PeriodKind, start: datetime) -> str:
    match kind:
        case PeriodKind.MONTH:
            return f"{start:%Y-%m}"
        case PeriodKind.WEEK:
            year, week, _ = start.isocalendar()
            return f"{year:04d}-W{week:02d}"
        case PeriodKind.DAY:
            return f"{start:%Y-%m-%d}"
        case _:
            assert_never(kind)


def require_utc(at: datetime) -> datetime:
    """Give a moment in UTC; raise `InvalidInput` if it does not say its zone."""
    if at.tzinfo is None:
        raise InvalidInput(f"a time must say its zone: {at.isoformat()}")
    return at.astimezone(UTC)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def month_of(at: datetime) -> BillingPeriod:
    """Give the calendar month, in UTC, that holds a moment."""
    first = require_utc(at).date().replace(day=1)
    # Day 28 plus four days is always in the next month, whatever its length.
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return BillingPeriod(
        start=_midnight(first), end=_midnight(after), kind=PeriodKind.MONTH
    )


def period_of(kind: PeriodKind, at: datetime) -> BillingPeriod:
    """Give the month, ISO week or day, in UTC, that holds a moment."""
    day = require_utc(at).date()
    match kind:
        case PeriodKind.MONTH:
            return month_of(at)
        case PeriodKind.WEEK:
            start = _midnight(day - timedelta(days=day.weekday()))
            return BillingPeriod(start=start, end=start + timedelta(days=7), kind=kind)
        case PeriodKind.DAY:
            start = _midnight(day)
            return BillingPeriod(start=start, end=start + timedelta(days=1), kind=kind)
        case _:
            assert_never(kind)


def previous_month(period: BillingPeriod) -> BillingPeriod:
    """Give the calendar month before the one a period starts in."""
    return month_of(month_of(period.start).start - timedelta(days=1))


def month_called(key: str) -> BillingPeriod:
    """Give the month of a key like `2026-08`; raise `InvalidInput` for another text."""
    try:
        year, month = (int(part) for part in key.split("-"))
        return month_of(datetime(year, month, 1, tzinfo=UTC))
    except ValueError as error:
        raise InvalidInput(f"expected a month like 2026-08, not {key!r}") from error
