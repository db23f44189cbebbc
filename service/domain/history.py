"""What past months cost, day by day, from the provider's own rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from service.domain.check import UsageMonth
from service.domain.cost import ZERO, is_counted
from service.domain.period import BillingPeriod, month_called, previous_month
from service.domain.scope import Scope

_DAY = timedelta(days=1)

# By category and model, then by day; None where something had no price.
_Amounts: TypeAlias = Mapping[tuple[str, str], Mapping[date, Decimal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpend:
    """What a scope cost in one UTC day, in the organization's currency."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """The days of a month that were over when it was last read, and their amounts."""

    days: tuple[date, ...]
    amounts: _Amounts


class History:
    """The months before the present one, as last read, in one currency.

    Only months without a gap up to the one `before` is the next of are told of: what
    lies behind a month that could not be read is too far away to compare with. Without
    `before`, up to the newest.
    """

    def __init__(
        self,
        months: Iterable[UsageMonth] = (),
        currency: str = "",
        before: BillingPeriod | None = None,
    ) -> None:
        held: dict[str, dict[str, UsageMonth]] = {}
        for month in months:
            if month.currency == currency:
                held.setdefault(month.workspace, {})[month.period] = month
        self._months = {
            workspace: tuple(map(_compact, _unbroken(of_workspace, before)))
            for workspace, of_workspace in held.items()
        }
        self._days: dict[str, tuple[DaySpend, ...]] = {}

    def days(self, scope: Scope) -> tuple[DaySpend, ...]:
        """Give what each day of the past months cost a scope, oldest first.

        From the first day that cost anything. Left out is a day of which the cost is
        not known: something had no price, or it was not over when it was last read.
        Rows that name no day are no day's.
        """
        if scope.key not in self._days:
            self._days[scope.key] = tuple(self._counted(scope))
        return self._days[scope.key]

    def _counted(self, scope: Scope) -> list[DaySpend]:
        counted: list[DaySpend] = []
        for month in self._months.get(scope.workspace or "", ()):
            by_day = _by_day(month.amounts, scope)
            for day in month.days:
                amount = by_day.get(day, ZERO)
                if amount is not None and (amount or counted):
                    counted.append(DaySpend(day=day, amount=amount))
        return counted


def _unbroken(
    held: Mapping[str, UsageMonth], before: BillingPeriod | None
) -> list[UsageMonth]:
    """Give the newest months without a gap between them, oldest first."""
    newest = max(held) if before is None else previous_month(before).key
    unbroken: list[UsageMonth] = []
    while newest in held:
        unbroken.insert(0, held[newest])
        newest = previous_month(month_called(newest)).key
    return unbroken


def _compact(month: UsageMonth) -> _Month:
    """Keep what days are made of: a year of lines is large, and held for long."""
    period = month_called(month.period)
    by_text = {day.isoformat(): day for day in _days_of(period)}
    amounts: dict[tuple[str, str], dict[date, Decimal | None]] = {}
    for line in month.lines:
        if line.day in by_text:
            of_model = amounts.setdefault((line.category, line.model), {})
            _add(of_model, by_text[line.day], line.cost)
    until = month.captured_at.date()
    return _Month(
        days=tuple(day for day in by_text.values() if day < until), amounts=amounts
    )


def _by_day(amounts: _Amounts, scope: Scope) -> dict[date, Decimal | None]:
    by_day: dict[date, Decimal | None] = {}
    for (category, model), of_model in amounts.items():
        if is_counted(scope, category, model):
            for day, amount in of_model.items():
                _add(by_day, day, amount)
    return by_day


def _add(by_day: dict[date, Decimal | None], day: date, amount: Decimal | None) -> None:
    before = by_day.get(day, ZERO)
    by_day[day] = None if before is None or amount is None else before + amount


def _days_of(month: BillingPeriod) -> Iterable[date]:
    for number in range((month.end - month.start).days):
        yield (month.start + number * _DAY).date()
