"""Series of demand by the hour, and the whole months in them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from service.domain.healthy import Healthy, healthy_of
from service.domain.history import DaySpend
from service.domain.money import total
from service.domain.period import month_of

HOUR = timedelta(hours=1)
_HOURS = 24
# What a provider's past months would be.
_LONGEST_PAST = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One whole month of a series, hour by hour.

    `spent` is what each hour costs, and `before` the 24 hours that led up to it.
    `healthy` is what was known on each of its days of what spend usually costs.
    """

    series: str
    start: datetime
    spent: Sequence[Decimal]
    before: Sequence[Decimal]
    healthy: Sequence[Healthy]

    @property
    def budget(self) -> Decimal:
        """What the month really cost."""
        return total(self.spent)


def months_of(path: Path, *, every: int = 1) -> list[Month]:
    """Read `timestamp,amount` by hours or days; give every so many whole months.

    Days are spread evenly over their 24 hours.
    """
    hours = _read(path)
    days = [
        DaySpend(day=day, amount=total(amount for _, amount in of_day))
        for day, of_day in groupby(hours, key=lambda each: each[0].date())
    ]
    index = {at: number for number, (at, _) in enumerate(hours)}
    months = sorted({month_of(at) for at, _ in hours})
    found = [
        (month, index[month.start], index[month.end - HOUR] + 1)
        for month in months
        if month.start in index and month.end - HOUR in index
    ]
    first_day = hours[0][0].date() if hours else None
    return [
        Month(
            series=path.name.partition(".")[0],
            start=month.start,
            spent=[amount for _, amount in hours[first:last]],
            before=[amount for _, amount in hours[max(first - _HOURS, 0) : first]],
            healthy=list(
                _healthy(
                    days,
                    (month.start.date() - first_day).days,
                    total(amount for _, amount in hours[first:last]),
                    month.start,
                    (last - first) // _HOURS,
                )
            ),
        )
        for month, first, last in found[::every]
        if first_day is not None
    ]


def _healthy(
    days: Sequence[DaySpend],
    first: int,
    budget: Decimal,
    start: datetime,
    length: int,
) -> Iterator[Healthy]:
    for number in range(length):
        until = first + number
        past = days[max(until - _LONGEST_PAST, 0) : until]
        yield healthy_of(past, budget / length, start + number * timedelta(days=1))


def _read(path: Path) -> list[tuple[datetime, Decimal]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            (
                datetime.fromisoformat(row["timestamp"]).astimezone(UTC),
                Decimal(row["amount"]),
            )
            for row in csv.DictReader(lines)
        ]
    if len(rows) > 1 and rows[1][0] - rows[0][0] > HOUR:
        return [
            (at + number * HOUR, amount / _HOURS)
            for at, amount in rows
            for number in range(_HOURS)
        ]
    return rows
