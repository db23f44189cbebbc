"""The whole days that are known of each scope: past months, and this to yesterday."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import dropwhile
from typing import TypeAlias

from service.domain.cost import CostLine, is_in_scope
from service.domain.history import DaySpend, History
from service.domain.line_book import LineBook
from service.domain.period import BillingPeriod
from service.domain.scope import Scope
from service.domain.usage import Failure

Days: TypeAlias = tuple[DaySpend, ...] | Failure

_DAY = timedelta(days=1)


class DayBook:
    """What each whole day before today cost, however many policies ask for it."""

    def __init__(
        self, lines: LineBook, history: History, month: BillingPeriod, now: datetime
    ) -> None:
        self._lines = lines
        self._history = history
        self._month = month
        self._today = now.date()
        self._days: dict[Scope, Days] = {}

    def days(self, scope: Scope) -> Days:
        """Give the days of a scope, oldest first, from the first that cost anything.

        A day on which something had no price is left out: what it cost is not known.
        Fails where this month's usage could not be read.
        """
        if scope not in self._days:
            self._days[scope] = self._known(scope)
        return self._days[scope]

    def _known(self, scope: Scope) -> Days:
        lines = self._lines.all_of(scope.workspace or "")
        if isinstance(lines, Failure):
            return lines
        days = (*self._history.days(scope), *self._of_month(lines, scope))
        return tuple(dropwhile(lambda each: not each.amount, days))

    def _of_month(
        self, lines: tuple[CostLine, ...], scope: Scope
    ) -> Iterator[DaySpend]:
        amounts: dict[date, Decimal] = {}
        unpriced: set[date] = set()
        for line in lines:
            if line.day is None or not is_in_scope(line, scope):
                continue
            amounts[line.day] = amounts.get(line.day, Decimal(0)) + line.amount
            if line.unpriced:
                unpriced.add(line.day)
        day = self._month.start.date()
        while day < self._today:
            if day not in unpriced:
                yield DaySpend(day=day, amount=amounts.get(day, Decimal(0)))
            day += _DAY
