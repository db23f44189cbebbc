"""Series of demand by the hour or day, and the months in them to forecast."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from service.domain.history import DaySpend
from service.domain.money import total
from service.domain.period import BillingPeriod, month_of

# What a provider's past months would be, and a week of history at least.
_LONGEST_PAST = 366
_SHORTEST_PAST = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One month of one series as it stood after so many of its days."""

    series: str
    period: BillingPeriod
    passed: int
    past: tuple[DaySpend, ...]  # whole days, this month's included
    outcome: Decimal

    @property
    def so_far(self) -> tuple[DaySpend, ...]:
        """The days of the month that have passed."""
        return self.past[-self.passed :]

    @property
    def spent(self) -> Decimal:
        """What they cost."""
        return total(each.amount for each in self.so_far)

    @property
    def ahead(self) -> int:
        """How many days are left."""
        return (self.period.end - self.period.start).days - self.passed

    @property
    def now(self) -> datetime:
        """The midnight at which it is asked."""
        return self.period.start + self.passed * _DAY


def read_folder(folder: Path) -> dict[str, list[DaySpend]]:
    """Read every `*.csv` of `timestamp,amount`, by hours or days, as whole UTC days."""
    return {
        path.name.partition(".")[0]: _read(path)
        for path in sorted(folder.glob("*.csv"))
    }


def _read(path: Path) -> list[DaySpend]:
    amounts: dict[date, Decimal] = {}
    rows: Counter[date] = Counter()
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at = datetime.fromisoformat(row["timestamp"]).astimezone(UTC)
            amounts[at.date()] = amounts.get(at.date(), Decimal(0)) + Decimal(
                row["amount"]
            )
            rows[at.date()] += 1
    # The first day and the last may have been cut.
    whole = max(rows.values(), default=0)
    return [
        DaySpend(day=day, amount=amounts[day])
        for day in sorted(amounts)
        if rows[day] == whole
    ]


def cases_of(
    series: str, days: Sequence[DaySpend], passed: Sequence[int]
) -> Iterator[Case]:
    """Give each whole month that has a week before it, after so many of its days."""
    index = {each.day: number for number, each in enumerate(days)}
    for month in _months(days):
        first, last = month.start.date(), (month.end - _DAY).date()
        is_whole = first in index and index.get(last) == index[first] + (
            (last - first).days
        )
        if not is_whole or index[first] < _SHORTEST_PAST:
            continue
        at = index[first]
        outcome = total(each.amount for each in days[at : index[last] + 1])
        for number in passed:
            yield Case(
                series=series,
                period=month,
                passed=number,
                past=tuple(days[max(0, at - _LONGEST_PAST) : at + number]),
                outcome=outcome,
            )


def _months(days: Sequence[DaySpend]) -> list[BillingPeriod]:
    return sorted({month_of(datetime.combine(d.day, time(), tzinfo=UTC)) for d in days})
