"""Spend curves: how the rate of one stream bends over time.

A stream has an average day; a curve turns the weight so far (1.0 = the average
rate) into the weight at an instant. Curves are chained in order, so any of them
can be put on any workspace and model.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from service.simulator.noise import Noise

_NIGHT_AND_MORNING = (
    *(0.25, 0.20, 0.18, 0.18, 0.20, 0.30),
    *(0.55, 0.95, 1.50, 1.85, 2.00, 1.90),
)
_AFTERNOON_AND_EVENING = (
    *(1.55, 1.75, 1.95, 1.90, 1.70, 1.35),
    *(1.00, 0.80, 0.65, 0.52, 0.42, 0.35),
)
_HOURS = (*_NIGHT_AND_MORNING, *_AFTERNOON_AND_EVENING)
_HOUR_MEAN = sum(_HOURS) / 24
_SATURDAY = 5


class Curve(Protocol):
    """One bend of a stream's rate."""

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        """Return the weight at `at`, given the weight of the curves before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """Office hours and weekdays, with noise per hour and per day; mean 1."""

    weekend: float = 0.35
    noise: float = 0.12

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        working = 7.0 / (5.0 + 2.0 * self.weekend)
        day = working * (self.weekend if at.weekday() >= _SATURDAY else 1.0)
        hour_index = int(at.timestamp()) // 3600
        swing = 1.0 + self.noise * noise.swing(hour_index)
        # Half the swing per day: hourly noise alone averages out within a day.
        swing *= 1.0 + 0.5 * self.noise * noise.swing(-(hour_index // 24) - 1)
        return before * day * swing * _hour_of_day(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """The same rate day and night, with a little noise per hour."""

    noise: float = 0.02

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        return before * (1.0 + self.noise * noise.swing(int(at.timestamp()) // 3600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """Compound growth per 30 days; exactly 1 at `since`, less before it."""

    since: datetime
    per_month: float = 0.15

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        del noise
        days: float = (at - self.since).total_seconds() / 86400
        growth: float = (1.0 + self.per_month) ** (days / 30)
        return before * growth


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekend:
    """Batch work: `share` of a week's spend falls on Saturday and Sunday."""

    share: float = 0.8

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        del noise
        if at.weekday() >= _SATURDAY:
            return before * self.share * 7.0 / 2.0
        return before * (1.0 - self.share) * 7.0 / 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndRush:
    """The last days of a month run at a multiple."""

    last_days: int = 4
    factor: float = 2.5

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        del noise
        length = calendar.monthrange(at.year, at.month)[1]
        rushing = at.day > length - self.last_days
        return before * self.factor if rushing else before


@dataclass(frozen=True, slots=True, kw_only=True)
class Runaway:
    """From `begins_at` on, `factor` times the average rate, day and night.

    A loop that calls a model knows no office hours: it adds to what is there
    instead of multiplying the quiet of the night.
    """

    begins_at: datetime
    factor: float = 40.0
    ends_at: datetime | None = None

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        del noise
        over = self.ends_at is not None and at >= self.ends_at
        return before if at < self.begins_at or over else before + self.factor


def weigh(curves: tuple[Curve, ...], at: datetime, noise: Noise) -> float:
    """Return the weight of the chained `curves` at `at`, never below 0."""
    weight = 1.0
    for curve in curves:
        weight = curve.weight(at, weight, noise)
    return max(weight, 0.0)


def _hour_of_day(at: datetime) -> float:
    # The table sits at full hours and is joined by straight lines.
    here, there = _PAIRS[at.hour]
    return (here + (there - here) * at.minute / 60) / _HOUR_MEAN


_PAIRS = tuple(pairwise((*_HOURS, _HOURS[0])))
