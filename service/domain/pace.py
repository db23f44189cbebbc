"""How fast a scope spends, as a multiple of what these hours of the week usually cost.

A window is held against the same hours of earlier days, each as dear as it was half an
hour sooner or later: a day that starts early is no runaway. Beside the whole window its
last quarter is looked at, where the provider's figure moves finely enough: a loop shows
there before it has filled the window.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from statistics import median

from service.domain.course import SLOT, Course, amount_of, seconds_of
from service.domain.quantity import rough_duration
from service.domain.usage import Failure

LEAST_OBSERVED = timedelta(days=14)
SHORTEST_WINDOW = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=3)
# What is told where these hours have cost next to nothing.
MOST = Decimal(1000)

_DAY = 86_400
_WEEKS = 8
_SHIFT = 1800
_FEWEST = 3
_WEEKEND = 5
# 1970 began on a Thursday.
_FIRST_WEEKDAY = 3
_PARTS = 4
_FINENESS = 3
_LOOKED_BACK = 7 * _DAY
# Our own looks are a few minutes apart, so moves are seen a little off their time.
_TOLERANCE = 300
_NARROWEST = 1200
_REMEMBERED = 200
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The spend over a window, and what such a window usually costs."""

    spent: Decimal
    usual: Decimal
    window: timedelta

    @property
    def ratio(self) -> Decimal:
        """Give the multiple, cut off at two decimals; at most 1000."""
        if self.spent >= self.usual * MOST:
            return MOST if self.spent else Decimal(0)
        ratio = self.spent / self.usual
        return ratio.quantize(_HUNDREDTH, rounding=ROUND_DOWN)

    def is_above(self, multiple: Decimal, at_least: Decimal) -> bool:
        """Say whether it is beyond a multiple of the usual, and at least an amount."""
        # Compared without the division, so that no rounding decides.
        return self.spent > self.usual * multiple and self.spent >= at_least


def paces_of(
    course: Course, window: timedelta, now: datetime
) -> tuple[Pace, ...] | Failure:
    """Give the pace over a window up to now, then that of its last quarter.

    The quarter only where the figure moves at least three times in it. Failures are
    `not_enough_data` (too little was observed, or it moves too coarsely) and
    `not_observed` (nothing was seen when the window began).
    """
    lacking = _lacking(course, window, now)
    if lacking is not None:
        return lacking
    length = int(window.total_seconds())
    whole = _pace(course, length, now)
    if isinstance(whole, Failure):
        return whole
    coarseness = course.coarseness(course.last_at - _LOOKED_BACK)
    part = length // _PARTS
    if coarseness is None or coarseness > part // _FINENESS + _TOLERANCE:
        return (whole,)
    late = _pace(course, part, now)
    return (whole,) if isinstance(late, Failure) else (whole, late)


def _lacking(course: Course, window: timedelta, now: datetime) -> Failure | None:
    observed = min(
        timedelta(seconds=seconds_of(now) - (course.first_at or seconds_of(now))),
        timedelta(days=course.days_seen),
    )
    if observed < LEAST_OBSERVED:
        return _too_little(
            f"{rough_duration(observed)} of observations, {LEAST_OBSERVED.days} days"
            " are needed"
        )
    coarseness = course.coarseness(course.last_at - _LOOKED_BACK)
    third = int(window.total_seconds()) // _FINENESS
    if coarseness is not None and coarseness > third + _TOLERANCE:
        moves = rough_duration(timedelta(seconds=coarseness))
        return _too_little(
            f"the provider's figure moves every {moves}, more coarsely than a third of"
            " the window"
        )
    return None


def _too_little(detail: str) -> Failure:
    return Failure(reason="not_enough_data", detail=detail)


def _pace(course: Course, length: int, now: datetime) -> Pace | Failure:
    end = seconds_of(now)
    spent = course.spent(end - length, end, _widest(length))
    if spent is None:
        return Failure(
            reason="not_observed",
            detail="nothing was observed around the beginning or the end of the window",
        )
    usual = _usual(course, length, end)
    if usual is None:
        return _too_little("fewer than three earlier windows were observed")
    return Pace(
        spent=amount_of(spent),
        usual=amount_of(usual),
        window=timedelta(seconds=length),
    )


def _widest(length: int) -> int:
    """Give the longest gap of our own over which a level may be guessed."""
    return max(length // _FINENESS, _NARROWEST)


def _usual(course: Course, length: int, end: int) -> int | None:
    """Give what a window that ends at this time of this weekday usually costs."""
    slot = int(SLOT.total_seconds())
    # Checks of one quarter of an hour share it.
    end = round(end / slot) * slot
    key = (end, length)
    if key not in course.usual:
        if len(course.usual) >= _REMEMBERED:
            course.usual.clear()
        course.usual[key] = _median_before(course, length, end)
    return course.usual[key]


def _median_before(course: Course, length: int, end: int) -> int | None:
    # No window that shares an hour with this one.
    first = (length + _SHIFT) // _DAY + 1
    days = range(first, _WEEKS * 7 + 1)
    kind = _is_weekend(end - length // 2)
    for comparable in (
        [back for back in days if back % 7 == 0],
        [back for back in days if _is_weekend(end - length // 2 - back * _DAY) == kind],
        days,
    ):
        seen = [_dearest(course, length, end - back * _DAY) for back in comparable]
        known = [spent for spent in seen if spent is not None]
        if len(known) >= _FEWEST:
            return int(median(known))
    return None


def _dearest(course: Course, length: int, end: int) -> int | None:
    """Give what a window cost, or as much as half an hour sooner or later."""
    widest = _widest(length)
    spent = course.spent(end - length, end, widest)
    if spent is None:
        return None
    shifted = (
        course.spent(end + by - length, end + by, widest) for by in (-_SHIFT, _SHIFT)
    )
    return max(spent, *(each or 0 for each in shifted))


def _is_weekend(at: int) -> bool:
    return (at // _DAY + _FIRST_WEEKDAY) % 7 >= _WEEKEND
