"""Weeks of samples, as checks five minutes apart would have left them.

The spend follows the hours of a healthy day, with quiet weekends; a loop adds so many
times the rate of the moment it runs in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from service.domain.course import Course, SpendSample
from service.domain.pace import Pace, paces_of
from service.domain.period import month_of
from service.domain.usage import Failure
from service.simulator.curves import Curve, Healthy, weigh
from service.simulator.noise import Noise
from tests.builders import MINUTE

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
SLOT = timedelta(minutes=15)
HEALTHY: tuple[Curve, ...] = (Healthy(),)
Lag = Callable[[int], int]


def sample(at: datetime, amount: str | Decimal, **changes: str) -> SpendSample:
    return SpendSample(
        scope=changes.get("scope", "acme"),
        at=at,
        month=changes.get("month", f"{at:%Y-%m}"),
        currency=changes.get("currency", "EUR"),
        amount=Decimal(amount),
    )


def late(index: int) -> int:
    """Report five to fifteen minutes late, as it comes."""
    return 5 + index * 7 % 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """A provider's spend from a Monday on, in steps of five minutes."""

    spent: tuple[int, ...]  # in millionths, from the beginning to each step

    @classmethod
    def of(
        cls,
        days: int,
        *,
        curves: tuple[Curve, ...] = HEALTHY,
        per_day: int = 2000,
        seed: int = 1,
    ) -> "Weeks":
        noise, rate = Noise(seed, "pace"), per_day * 1_000_000 / 288
        steps = (
            int(rate * weigh(curves, MONDAY + index * STEP, noise))
            for index in range(days * 288)
        )
        return cls(spent=tuple(accumulate(steps, initial=0)))

    def with_loop(self, at: datetime, times: int) -> "Weeks":
        """Give the same with a loop that begins then and burns so many times more."""
        first = (at - MONDAY) // STEP
        begun = self.spent[first]
        return Weeks(
            spent=tuple(
                each + times * max(each - begun, 0) if index > first else each
                for index, each in enumerate(self.spent)
            )
        )

    def sample(self, at: datetime, lag: Lag = late, lump: int = 1) -> SpendSample:
        """Give what a check sees: so many minutes ago, in lumps of so many minutes."""
        index = (at - MONDAY) // STEP
        minutes = (index * 5 - lag(index)) // lump * lump
        month = month_of(at)
        begun = max((month.start - MONDAY) // MINUTE, 0)
        amount = self._until(max(minutes, begun)) - self._until(begun)
        return sample(at, Decimal(amount) / 1_000_000, month=month.key)

    def _until(self, minutes: int) -> int:
        return self.spent[max(minutes, 0) // 5]

    def course(
        self, until: datetime, lag: Lag = late, lump: int = 1, since: datetime = MONDAY
    ) -> Course:
        """Give what was kept before a moment: the last check of each quarter."""
        count = (until - since) // SLOT
        times = (since + number * SLOT + 2 * STEP for number in range(count))
        return Course(self.sample(at, lag, lump) for at in times)

    def paces(
        self, times: Iterable[datetime], lag: Lag = late, lump: int = 1
    ) -> Iterable[tuple[datetime, tuple[Pace, ...] | Failure]]:
        """Walk through checks, and give the pace over three hours at each."""
        course, until = Course(), MONDAY
        for at in times:
            while until + SLOT <= at:
                if course.last_at == 0:
                    course, until = self.course(at - SLOT, lag, lump), at - SLOT
                    until -= (until - MONDAY) % SLOT
                seen = self.sample(until + 2 * STEP, lag, lump)
                course, until = course.with_samples([seen]), until + SLOT
            with_now = course.with_samples([self.sample(at, lag, lump)])
            yield at, paces_of(with_now, timedelta(hours=3), at)
