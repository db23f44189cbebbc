"""What a day usually costs: its level, the pattern of the week, growth, and noise.

The weekday's share is the median of what such days were of the seven days around them,
over eight weeks; less of it is believed the more it varies. The level is a mean of the
last days' logarithms, the newest weighing most, in which no single day pulls further
than twice the usual deviation. Growth counts only where eight weeks agree on it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from statistics import median

from service.domain.history import DaySpend

# Floats here are ratios to the mean day and logarithms of such, which have no digits
# to lose; an amount is made of them by one multiplication of a Decimal at the end.
_WEEK = 7
_WEEKS = 8
# Less than two weeks cannot tell a weekday from a chance.
_LEAST_FOR_WEEK = 14
# Half of what a day says of the level is gone after so many days.
_HALF_LIFE = 3.0
_REACH = 30
_FURTHEST_PULL = 2.0
_ROUNDS = 5
# A day of next to nothing says that it was little; how little is no matter.
_LEAST_RATIO = 0.05
_LEAST_NOISE = 0.01
_NOISE_OF_RARE_SPEND = 1.0
_ONE_SIGMA = 1.4826  # of a median deviation, for what varies normally
_SE_OF_MEDIAN = 1.25  # in standard errors of a mean
_LEAST_SHARE = 0.02
_FEWEST_WEEKS = 4
_DOUBT_OF_GROWTH = 3.0
_STEEPEST = 0.04  # a day: three times as much in a month
_FADE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """What days usually cost, as known after the day `last`.

    `level` is an ordinary day, in the currency; `weekdays` from Monday are shares of
    it whose mean is 1; `growth` is the change of its logarithm a day; `noise` the
    usual deviation of a day from what was expected, as a logarithm.
    """

    last: date
    level: Decimal
    weekdays: tuple[Decimal, ...]
    growth: float
    noise: float

    def usual(self, day: date) -> Decimal:
        """Give what a day is expected to cost, growth included, which fades."""
        grown = math.exp(_faded(self.growth, (day - self.last).days))
        return self.level * self.weekdays[day.weekday()] * Decimal(grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The same in bare ratios, with the last day's ordinal."""

    last: int
    level: float
    weekdays: tuple[float, ...]
    growth: float
    noise: float

    def ahead(self, days: int) -> list[float]:
        """Give the sums expected over the next 1, 2, … so many days."""
        return list(
            accumulate(
                self.level
                * math.exp(_faded(self.growth, each))
                * self.weekdays[weekday_of(self.last + each)]
                for each in range(1, days + 1)
            )
        )


def seasons_of(days: Sequence[DaySpend]) -> Seasons:
    """Tell what days usually cost from those that are known, oldest first, at least 1.

    Days may be missing. The same amounts in another unit give the same in that unit.
    """
    mean, ratios = ratios_of(days)
    fit = fit_of(ratios, [each.day.toordinal() for each in days])
    return Seasons(
        last=days[-1].day,
        level=mean * Decimal(fit.level),
        weekdays=tuple(Decimal(share) for share in fit.weekdays),
        growth=fit.growth,
        noise=fit.noise,
    )


def ratios_of(days: Sequence[DaySpend]) -> tuple[Decimal, list[float]]:
    """Give the mean day, and each day as a multiple of it."""
    mean = sum((each.amount for each in days), Decimal(0)) / len(days)
    # Credits may make a day negative, which no logarithm knows.
    return mean, [max(float(each.amount / mean), 0.0) if mean else 0.0 for each in days]


def fit_of(ratios: Sequence[float], ordinals: Sequence[int]) -> Fit:
    """Fit the last eight weeks of days, given by their ordinals, at least one."""
    kept = ratios[-_WEEKS * _WEEK :]
    on = ordinals[-_WEEKS * _WEEK :]
    shares = _shares(kept, on)
    growth = _growth(kept, on, shares)
    level, noise = _level(kept, on, shares, growth)
    return Fit(
        last=on[-1], level=level, weekdays=tuple(shares), growth=growth, noise=noise
    )


def weekday_of(ordinal: int) -> int:
    """Give the weekday of an ordinal, 0 for Monday."""
    return (ordinal + 6) % _WEEK


def _faded(growth: float, days: int) -> float:
    """Give the growth over so many days, each day's less than the one's before."""
    return growth * _FADE * (1 - _FADE ** max(days, 0)) / (1 - _FADE)


def _shares(ratios: Sequence[float], ordinals: Sequence[int]) -> list[float]:
    """Give each weekday's share of an ordinary day; their mean is 1."""
    if len(ratios) < _LEAST_FOR_WEEK:
        return [1.0] * _WEEK
    sums = [0.0, *accumulate(ratios)]
    seen: list[list[float]] = [[] for _ in range(_WEEK)]
    for index, ratio in enumerate(ratios):
        first = max(0, min(index - 3, len(ratios) - _WEEK))
        around = (sums[first + _WEEK] - sums[first]) / _WEEK
        if around > _LEAST_RATIO * _LEAST_RATIO:
            seen[weekday_of(ordinals[index])].append(ratio / around)
    shares = [_share(each) for each in seen]
    mean = sum(shares) / _WEEK
    return [each / mean for each in shares] if mean else [1.0] * _WEEK


def _share(seen: Sequence[float]) -> float:
    """Believe a median as far as it stands out of the doubt about it."""
    if not seen:
        return 1.0
    middle = median(seen)
    spread = _ONE_SIGMA * median(abs(each - middle) for each in seen)
    doubt = (_SE_OF_MEDIAN * spread) ** 2 / len(seen)
    apart = (middle - 1) ** 2
    return 1 + (middle - 1) * (apart / (apart + doubt) if apart else 0.0)


def _growth(
    ratios: Sequence[float], ordinals: Sequence[int], shares: Sequence[float]
) -> float:
    """Give the change of the level's logarithm a day, 0 where the weeks disagree."""
    weeks = len(ratios) // _WEEK
    if weeks < _FEWEST_WEEKS:
        return 0.0
    middles = [
        median(
            ratios[index] / max(shares[weekday_of(ordinals[index])], _LEAST_RATIO)
            for index in range(
                len(ratios) - _WEEK * (back + 1), len(ratios) - _WEEK * back
            )
        )
        for back in range(weeks)
    ]
    if min(middles) <= 0:
        return 0.0
    logs = [math.log(each) for each in middles]
    slope = median(
        (logs[new] - logs[old]) / (old - new)
        for new in range(weeks)
        for old in range(new + 1, weeks)
    )
    steps = [logs[new] - logs[new + 1] for new in range(weeks - 1)]
    doubt = _DOUBT_OF_GROWTH * sum((each - slope) ** 2 for each in steps) / len(steps)
    believed = slope * slope / (slope * slope + doubt) if slope else 0.0
    return max(-_STEEPEST, min(_STEEPEST, slope * believed / _WEEK))


def _level(
    ratios: Sequence[float],
    ordinals: Sequence[int],
    shares: Sequence[float],
    growth: float,
) -> tuple[float, float]:
    """Give an ordinary day after the last one, and the usual deviation from it."""
    last = ordinals[-1]
    plain: list[tuple[float, float]] = []  # days without their weekday, with weights
    for ratio, ordinal in zip(ratios[-_REACH:], ordinals[-_REACH:], strict=True):
        share = max(shares[weekday_of(ordinal)], _LEAST_SHARE)
        age = last - ordinal
        # A day on which little is spent anyway says little of the level.
        weight = 0.5 ** (age / _HALF_LIFE) * min(1.0, share)
        plain.append((ratio / share * math.exp(growth * age), weight))
    base = _weighted_median(plain)
    if base <= 0:
        return _mean_of_rare(plain), _NOISE_OF_RARE_SPEND
    logs = [(math.log(max(each / base, _LEAST_RATIO)), w) for each, w in plain]
    noise = max(
        _ONE_SIGMA * _weighted_median([(abs(each), w) for each, w in logs]),
        _LEAST_NOISE,
    )
    return base * math.exp(_bounded_mean(logs, noise)), noise


def _bounded_mean(logs: Sequence[tuple[float, float]], noise: float) -> float:
    """Give a mean (Huber's) in which what lies far out pulls no more than the rest."""
    middle = 0.0
    for _ in range(_ROUNDS):
        total = weights = 0.0
        for value, weight in logs:
            far = abs(value - middle) / (noise * _FURTHEST_PULL)
            pull = weight / far if far > 1 else weight
            total += pull * value
            weights += pull
        middle = total / weights
    return middle


def _mean_of_rare(plain: Sequence[tuple[float, float]]) -> float:
    """Give the mean where most days cost nothing: what comes now and then counts.

    The root of a weight makes it last twice as long.
    """
    weights = sum(math.sqrt(weight) for _, weight in plain)
    return sum(each * math.sqrt(weight) for each, weight in plain) / weights


def _weighted_median(values: Iterable[tuple[float, float]]) -> float:
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    summed = accumulate(weight for _, weight in ordered)
    return next(
        (v for (v, _), w in zip(ordered, summed, strict=True) if w >= half),
        ordered[-1][0],
    )
