"""What is spent in the test of a policy, at any moment, from a few points of a line.

A month's spend begins at nothing. Up to the first point it rises as the days of the
history do, or evenly where there is none; from point to point evenly, or in steps;
behind the last point of a month nothing more is spent in it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import TypeAlias

from service.domain.period import month_of
from service.domain.quantity import Multiple

_ZERO = Decimal(0)
_DAY = timedelta(days=1)
MILLIONTH = Decimal("0.000001")
_WEEKEND = 5


class Between(StrEnum):
    """How a series goes from one point to the next."""

    LINE = "line"  # evenly
    STEPS = "steps"  # it stays, and is there at once at the next point


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What days usually cost: so much a day, spent evenly from an hour to an hour.

    `since` is the first day; before it nothing was spent.
    """

    since: date
    day: Decimal
    weekend: Decimal
    first_hour: int = 0
    last_hour: int = 24

    def of(self, day: date) -> Decimal:
        """Give what a day costs."""
        if day < self.since:
            return _ZERO
        return self.weekend if day.weekday() >= _WEEKEND else self.day

    def spent(self, start: datetime, end: datetime) -> Decimal:
        """Give what is spent between two moments."""
        return self._until(end) - self._until(start)

    def _until(self, at: datetime) -> Decimal:
        days = (at.date() - self.since).days
        if days < 0:
            return _ZERO
        weeks, rest = divmod(days, 7)
        whole = weeks * (5 * self.day + 2 * self.weekend)
        tail = (self.since + timedelta(days=weeks * 7 + each) for each in range(rest))
        return whole + sum(map(self.of, tail), _ZERO) + self._today(at)

    def _today(self, at: datetime) -> Decimal:
        midnight = datetime(at.year, at.month, at.day, tzinfo=UTC)
        seconds = Decimal(int((at - midnight).total_seconds()))
        first, length = self.first_hour * 3600, (self.last_hour - self.first_hour)
        share = (seconds - first) / (length * 3600)
        return self.of(at.date()) * min(max(share, _ZERO), Decimal(1))

    def bends(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Give the moments between two at which it may go on faster or slower."""
        midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
        while midnight < end:
            for hour in sorted({0, self.first_hour, self.last_hour}):
                at = midnight + timedelta(hours=hour)
                if start < at < end:
                    yield at
            midnight += _DAY


# A month's spend at a moment; or how many times the usual is spent from the point
# before up to it.
Point: TypeAlias = tuple[datetime, Decimal | Multiple]


class SpendSeries:
    """One part's spend as a line: what was spent up to any moment.

    `start` is the first moment of a test, `end` the last. Levels go on over the turn of
    a month: what is spent between two moments is their difference.
    """

    def __init__(
        self,
        points: Sequence[Point],
        usual: Usual | None,
        start: datetime,
        end: datetime,
        between: Between = Between.LINE,
    ) -> None:
        since = month_of(start).start
        if usual is not None:
            first = usual.since
            since = min(since, datetime(first.year, first.month, first.day, tzinfo=UTC))
        self._usual = usual or Usual(since=since.date(), day=_ZERO, weekend=_ZERO)
        self._at, self._level = [since], [_ZERO]
        self._between = between
        self._go_on_as_usual(month_of(start).start)
        self._month(start, points, start, end)

    def _month(
        self, at: datetime, points: Sequence[Point], start: datetime, end: datetime
    ) -> None:
        """Draw the months from the one that holds `at` to that of the end."""
        month = month_of(at)
        inside = [each for each in points if month.start <= each[0] < month.end]
        if not points:
            self._go_on_as_usual(end)
        elif inside:
            self._first(inside, month.start, start)
            for each in inside[1:]:
                self._next(each, month.start)
        self._stay(month.end)
        if month.end <= end and points:
            self._month(month.end, points, start, end)

    def _first(self, points: Sequence[Point], begin: datetime, start: datetime) -> None:
        at, value = points[0]
        if isinstance(value, Multiple):
            # Up to the beginning of the test as usual, and only then another way.
            self._go_on_as_usual(min(max(begin, start), at))
            self._next(points[0], begin)
            return
        usual = self._usual.spent(begin, at)
        if self._between is Between.LINE and usual:
            self._as_usual(at, value / usual)
        else:
            self._next(points[0], begin)

    def _next(self, point: Point, begin: datetime) -> None:
        at, value = point
        if isinstance(value, Multiple):
            self._as_usual(at, value.times)
            return
        level = self.before(begin) + value
        if self._between is Between.STEPS:
            self._add(at, self._level[-1])
        self._add(at, level)

    def _go_on_as_usual(self, until: datetime) -> None:
        self._as_usual(until, Decimal(1))

    def _as_usual(self, until: datetime, times: Decimal) -> None:
        start, level = self._at[-1], self._level[-1]
        for at in (*self._usual.bends(start, until), until):
            self._add(at, level + times * self._usual.spent(start, at))

    def _stay(self, until: datetime) -> None:
        self._add(until, self._level[-1])

    def _add(self, at: datetime, level: Decimal) -> None:
        self._at.append(at)
        self._level.append(level)

    def level(self, at: datetime) -> Decimal:
        """Give what was spent up to a moment, a leap in that moment included."""
        return self._between_knots(at, bisect_right(self._at, at))

    def before(self, at: datetime) -> Decimal:
        """Give what was spent up to a moment, a leap in that moment left out."""
        return self._between_knots(at, bisect_left(self._at, at))

    def _between_knots(self, at: datetime, index: int) -> Decimal:
        if index == 0:
            return self._level[0]
        if index == len(self._at):
            return self._level[-1]
        start, end = self._at[index - 1], self._at[index]
        low, high = self._level[index - 1], self._level[index]
        return low + (high - low) * _seconds(at - start) / _seconds(end - start)

    def days(
        self, start: datetime, now: datetime, unit: Decimal = MILLIONTH
    ) -> Iterator[tuple[date, Decimal]]:
        """Give what each day from a midnight up to a moment cost, in whole units.

        What is cut off of a day is in the next one: the days add up.
        """
        begin, base = start, self.before(start)
        done = _ZERO
        while begin <= now:
            after = begin + _DAY
            level = self.before(after) if after <= now else self.level(now)
            reached = (level - base).quantize(unit, rounding=ROUND_DOWN)
            yield begin.date(), reached - done
            begin, done = after, reached


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
