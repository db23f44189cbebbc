"""How far forecasts would have been off before, over as many days ahead.

The same method is asked what it would have said at earlier days of the history, and
held against what came (a split conformal interval on the ratio of the two). With little
history, what the days vary by counts too.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

from service.domain.history import DaySpend
from service.domain.seasons import fit_of, ratios_of

FURTHEST_AHEAD = 31
LEAST_DAYS = 7
# Of the outcomes that were looked at, so many lie within the interval (§4.8).
_COVERAGE = 0.8
# The days it looks ahead from: forty, every fourth, are most of half a year.
_STEP = 4
_MOST_ORIGINS = 40
_REACH = 56
_REMEMBERED = _REACH + _STEP * _MOST_ORIGINS + FURTHEST_AHEAD
# Deviations of a day that make such an interval for one day; over more of them the
# level itself goes astray, while the days' own deviations cancel.
_OF_A_DAY = 1.4
_GROWS = 0.2
# Twenty times as much or as little: beyond that it is no longer a matter of degree.
_FURTHEST_OFF = math.log(20)

Seen: TypeAlias = tuple[float, float]  # a half width, and how many cases it rests on


def spread_of(days: Sequence[DaySpend], ahead: int, noise: float) -> float:
    """Give the half width of an 80 % interval, as the logarithm of a ratio.

    The ratio is that of the spend of the next `ahead` days (1 to 31) to the one
    expected; `noise` is what a day deviates by, as `Seasons` tells it.
    """
    guess = _OF_A_DAY * noise * ahead**_GROWS
    seen, cases = _seen(tuple(days[-_REMEMBERED:]), ahead)
    return math.sqrt((cases * seen**2 + guess**2) / (cases + 1))


# Asked at every check, and answered anew only when a day is over or was restated.
@lru_cache(maxsize=1024)
def _seen(days: tuple[DaySpend, ...], ahead: int) -> Seen:
    """Give how far off the forecasts of so many days were, but for the worst fifth."""
    _, ratios = ratios_of(days)
    ordinals = [each.day.toordinal() for each in days]
    sums = [0.0, *accumulate(ratios)]
    misses: list[float] = []
    for known in range(len(days) - ahead, LEAST_DAYS - 1, -_STEP):
        # A stretch that lacks a day cannot be held against the sum of all of them.
        is_whole = ordinals[known + ahead - 1] - ordinals[known - 1] == ahead
        if is_whole and len(misses) < _MOST_ORIGINS:
            first = max(known - _REACH, 0)
            fit = fit_of(ratios[first:known], ordinals[first:known])
            misses.append(_off(fit.ahead(ahead)[-1], sums[known + ahead] - sums[known]))
    if not misses:
        return 0.0, 0.0
    misses.sort()
    # Stretches that overlap tell the same twice: they count for as many as fit apart.
    cases = len(misses) * min(1.0, _STEP / ahead)
    rank = min(math.ceil(_COVERAGE * (len(misses) + 1)), len(misses))
    return misses[rank - 1], cases


def _off(expected: float, came: float) -> float:
    """Give the logarithm of how many times too much or too little was expected."""
    least = max(expected, came) * math.exp(-_FURTHEST_OFF)
    if not least:
        return 0.0
    return abs(math.log(max(came, least) / max(expected, least)))
