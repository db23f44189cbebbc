"""What a benchmark gives: a figure, its target, and what it was held against."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from math import ceil


class Bound(Enum):
    """On which side of its target a figure has to be."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure in `unit`; `target` is None where nothing was promised.

    `beside` says in a sentence what it was measured on, and against what.
    """

    what: str
    value: float
    unit: str
    target: float | None = None
    bound: Bound = Bound.AT_MOST
    beside: str = ""

    @property
    def is_met(self) -> bool | None:
        """Say whether the target is met, None where there is none."""
        if self.target is None:
            return None
        holds = operator.le if self.bound is Bound.AT_MOST else operator.ge
        return bool(holds(self.value, self.target))

    @property
    def verdict(self) -> str:
        """Give `met`, `NOT MET`, or nothing."""
        met = self.is_met
        return "" if met is None else ("met" if met else "NOT MET")

    def shown(self) -> str:
        """Give the figure with its unit."""
        return _amount(self.value, self.unit)

    def shown_target(self) -> str:
        """Give the target with its side and unit, nothing where there is none."""
        if self.target is None:
            return ""
        return f"{self.bound.value} {_amount(self.target, self.unit)}"


# Called with whether the quick version is wanted.
Measure = Callable[[bool], Iterable[Figure]]


def percentile(samples: Iterable[float], percent: int) -> float:
    """Give the smallest sample that `percent` of them do not exceed."""
    ordered = sorted(samples)
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]


def _amount(value: float, unit: str) -> str:
    digits = next((d for least, d in ((100, 0), (10, 1), (1, 2)) if value >= least), 3)
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}"
