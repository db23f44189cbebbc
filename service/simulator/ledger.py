"""Units consumed in one month, per series and day, and what they came to."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from service.simulator.catalogue import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Everything that tells one usage row from another, but for its day."""

    workspace: str | None
    product: Product
    group: str
    zone: str
    tier: str
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Units of one series: consumed, and of these billed."""

    series: int
    value: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Money counted in a month: the API part and the Vibe part."""

    api: Decimal = Decimal(0)
    vibe: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.api + self.vibe


class MonthLedger:
    """One month; days are numbered from 1."""

    def __init__(self, year: int, month: int, series: Sequence[Series]) -> None:
        self.year = year
        self.month = month
        self.days = calendar.monthrange(year, month)[1]
        self.series = series
        self.value = [[0] * (self.days + 1) for _ in series]
        self.paid = [[0] * (self.days + 1) for _ in series]
        self.revision = 0  # counts every write
        self.rewrites = 0  # counts writes to days that were closed
        self.open_day = 1  # days before it are closed
        self._spend = Spend()
        self._by_workspace: dict[str | None, Decimal] = {}

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def spend(self) -> Spend:
        return self._spend

    def spent_in(self, workspace: str | None) -> Decimal:
        return self._by_workspace.get(workspace, Decimal(0))

    def vibe_spent_in(self, workspace: str | None) -> Decimal:
        """Return the Vibe money of a workspace; None: of the organization."""
        if workspace is None:
            return self._spend.vibe
        return sum(
            (
                sum(row) * series.price
                for series, row in zip(self.series, self.paid, strict=True)
                if series.product.is_vibe and series.workspace == workspace
            ),
            Decimal(0),
        )

    def record(self, at: datetime, amounts: Sequence[Amount]) -> None:
        """Add `amounts` to the day of `at` (UTC)."""
        day = at.day
        self.open_day = max(self.open_day, day)
        api, vibe = self._spend.api, self._spend.vibe
        for amount in amounts:
            series = self.series[amount.series]
            self.value[amount.series][day] += amount.value
            self.paid[amount.series][day] += amount.paid
            money = amount.paid * series.price
            if series.product.is_vibe:
                vibe += money
            else:
                api += money
            before = self._by_workspace.get(series.workspace, Decimal(0))
            self._by_workspace[series.workspace] = before + money
        self._spend = Spend(api=api, vibe=vibe)
        self.revision += 1

    def restate(self, share: Decimal) -> None:
        """Take `share` (0.2 = a fifth) of every row back, as a refund does."""
        keep = 1 - share
        for rows in (self.value, self.paid):
            for row in rows:
                row[:] = [int(units * keep) for units in row]
        self._recount()
        self.revision += 1
        self.rewrites += 1

    def _recount(self) -> None:
        api = vibe = Decimal(0)
        self._by_workspace = {}
        for series, row in zip(self.series, self.paid, strict=True):
            money = sum(row) * series.price
            if series.product.is_vibe:
                vibe += money
            else:
                api += money
            before = self._by_workspace.get(series.workspace, Decimal(0))
            self._by_workspace[series.workspace] = before + money
        self._spend = Spend(api=api, vibe=vibe)
