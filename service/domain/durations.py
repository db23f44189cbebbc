"""How long things took, as counts per bucket."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import StrEnum

# Seconds; a check is bounded to 45 s (§4.1), an attempt to deliver to some ten.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 45.0)


class Work(StrEnum):
    """What is timed."""

    CHECK = "check"  # reading, deciding, and a limit change where one was made
    DELIVERY = "delivery"  # one attempt on one channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Durations seen so far; `counts` has one more than `BOUNDS`, for what is longer.

    A duration that equals a bound counts below it. `total_seconds` is their sum.
    """

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    total_seconds: float = 0.0

    def with_one(self, seconds: float) -> "Histogram":
        """Give the same with one more."""
        counts = list(self.counts)
        counts[bisect_left(BOUNDS, seconds)] += 1
        return replace(
            self, counts=tuple(counts), total_seconds=self.total_seconds + seconds
        )
