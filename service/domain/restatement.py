"""What a provider said of a day that was over, and then said otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from service.domain.check import UsageLine, UsageMonth
from service.domain.cost import ZERO

# What a day's last hours used arrives late: that is growth.
_LATE = timedelta(hours=6)

_Lines: TypeAlias = Mapping[tuple[str, str], UsageLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedDay:
    """A day that had been whole, with its cost and billed units before and after.

    All of the organization's or workspace's, Chat included; a cost is None where
    something had no price.
    """

    day: str
    before: Decimal | None
    after: Decimal | None
    units_before: int
    units_after: int


def restated_days(
    before: UsageMonth, after: UsageMonth, known_at: datetime
) -> tuple[RestatedDay, ...]:
    """Give the days that were over at `known_at`, when `before` held, and differ now.

    Amounts of two currencies are not compared.
    """
    if before.currency != after.currency:
        return ()
    return tuple(_differences(_by_day(before), _by_day(after), known_at))


def _differences(
    before: Mapping[str, _Lines], after: Mapping[str, _Lines], known_at: datetime
) -> Iterator[RestatedDay]:
    for day in sorted(before.keys() | after.keys()):
        was, now = before.get(day, {}), after.get(day, {})
        if was != now and _end_of(day) + _LATE <= known_at:
            yield RestatedDay(
                day=day,
                before=_cost(was),
                after=_cost(now),
                units_before=_units(was),
                units_after=_units(now),
            )


def _by_day(month: UsageMonth) -> dict[str, dict[tuple[str, str], UsageLine]]:
    by_day: dict[str, dict[tuple[str, str], UsageLine]] = {}
    for line in month.lines:
        if line.day is not None:
            by_day.setdefault(line.day, {})[line.category, line.model] = line
    return by_day


def _end_of(day: str) -> datetime:
    after = date.fromisoformat(day) + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


def _cost(lines: _Lines) -> Decimal | None:
    costs = [each.cost for each in lines.values()]
    known = [each for each in costs if each is not None]
    return sum(known, ZERO) if len(known) == len(costs) else None


def _units(lines: _Lines) -> int:
    return sum(each.paid_units for each in lines.values())
