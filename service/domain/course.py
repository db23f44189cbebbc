"""What checks saw of a scope's month-to-date spend, as one line that only rises.

Amounts are held as whole millionths: a line has thousands of points, and what is worked
out from it are differences, never a sum that anybody pays.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

# One sample is kept for each of these: the last that was seen in it.
SLOT = timedelta(minutes=15)
# Eight weeks, the longest window before the oldest of them, and some more.
KEPT = timedelta(days=60)

_MILLIONTHS = 1_000_000
_DAY = 86_400
# A figure that fell is believed for good only when it has stayed down for so long:
# until then what it regains is no spend.
_STAYS_DOWN = _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSample:
    """What a check saw of a scope: `amount` is spent since the month began.

    `scope` is the scope's key, `month` the period's, as `2026-08`.
    """

    scope: str
    at: datetime
    month: str
    currency: str
    amount: Decimal


def slot_of(at: datetime) -> datetime:
    """Give the quarter of an hour that a moment lies in."""
    return at - timedelta(seconds=at.timestamp() % SLOT.total_seconds())


def seconds_of(at: datetime) -> int:
    """Give a moment in whole seconds since 1970."""
    return int(at.timestamp())


class Course:
    """A scope's spend over the last weeks: samples of one currency, oldest first.

    Over a month's turn the line goes on from where the old month was last seen. What a
    restatement takes away and gives back within a day counts once.
    """

    def __init__(
        self, samples: Iterable[SpendSample] = (), before: "Course | None" = None
    ) -> None:
        self._at = array("q")
        self._level = array("q")
        # The days, numbered since 1970, on which something was seen.
        self._days = array("q")
        self._month = ""
        # What earlier months add to; the highest of this month, and when it was seen.
        self._base = self._peak = self._peak_at = 0
        # What windows usually cost, by their end and length: the past does not change.
        self.usual: dict[tuple[int, int], int | None] = {}
        if before is not None:
            self._take_over(before)
        for sample in samples:
            self._add(sample)

    def with_samples(self, samples: Iterable[SpendSample]) -> "Course":
        """Give the line with later samples behind it."""
        return Course(samples, before=self)

    def _take_over(self, before: "Course") -> None:
        vars(self).update(vars(before))
        oldest = self.last_at - int(KEPT.total_seconds())
        first = bisect_left(self._at, oldest)
        self._at, self._level = self._at[first:], self._level[first:]
        self._days = self._days[bisect_left(self._days, oldest // _DAY) :]

    def _add(self, sample: SpendSample) -> None:
        at = seconds_of(sample.at)
        amount = int(sample.amount * _MILLIONTHS)
        if at <= self.last_at or sample.month < self._month:
            # The clock was set back since: the line goes on when it is past that.
            return
        if sample.month > self._month:
            self._base += self._peak
            self._month, self._peak, self._peak_at = sample.month, amount, at
        elif amount >= self._peak or at - self._peak_at > _STAYS_DOWN:
            self._peak, self._peak_at = amount, at
        self._at.append(at)
        self._level.append(self._base + self._peak)
        if not self._days or self._days[-1] != at // _DAY:
            self._days.append(at // _DAY)

    @property
    def last_at(self) -> int:
        """Give when something was seen last, in seconds; 0 for never."""
        return self._at[-1] if self._at else 0

    @property
    def first_at(self) -> int:
        """Give when something was seen first, in seconds; 0 for never."""
        return self._at[0] if self._at else 0

    @property
    def days_seen(self) -> int:
        """Give on how many days something was seen."""
        return len(self._days)

    def spent(self, start: int, end: int, widest: int) -> int | None:
        """Give what was spent between two moments, in millionths.

        None where nothing was seen for longer than `widest` seconds around either.
        """
        before, after = self._level_at(start, widest), self._level_at(end, widest)
        return None if before is None or after is None else max(after - before, 0)

    def _level_at(self, at: int, widest: int) -> int | None:
        index = bisect_right(self._at, at)
        if not index:
            return None
        earlier = self._at[index - 1]
        if earlier == at:
            return self._level[index - 1]
        if index == len(self._at) or self._at[index] - earlier > widest:
            return None
        low, high = self._level[index - 1], self._level[index]
        return low + (high - low) * (at - earlier) // (self._at[index] - earlier)

    def coarseness(self, since: int) -> int | None:
        """Give how many seconds lie between two moves of the figure.

        The median, weighted by what each move brought: long nights with little in them
        do not make a figure coarse. None where it did not move twice.
        """
        moves: list[tuple[int, int]] = []
        moved_at = 0
        for index in range(bisect_left(self._at, since) + 1, len(self._at)):
            rise = self._level[index] - self._level[index - 1]
            if rise > 0:
                if moved_at:
                    moves.append((self._at[index] - moved_at, rise))
                moved_at = self._at[index]
        half = sum(rise for _, rise in moves) / 2
        for gap, rise in sorted(moves):
            half -= rise
            if half <= 0:
                return gap
        return None


def amount_of(millionths: int) -> Decimal:
    """Give millionths as an amount."""
    return Decimal(millionths).scaleb(-6)
