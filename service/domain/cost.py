"""What usage costs: rows times prices, exactly, and how much of it has no price.

The method is the console's own, as public clients reproduce it: the price of a row is
the entry that equals it in event type, metric, group, zone and tier; else the entry
that equals it in event type, metric and group and names neither zone nor tier; else
there is none, which is reported and never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from service.domain.scope import Category, Scope
from service.domain.usage import Price, UsageReport, UsageRow

ZERO = Decimal(0)
_CHAT = Category.CHAT.value

_Key = tuple[str | None, str, str, str | None, str | None]


class PriceBook:
    """The prices of one report, found by row; the order of the list does not matter."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices: dict[_Key, Decimal] = {}
        self._contradicted: set[_Key] = set()
        self._dearest: dict[str | None, Decimal] = {}
        for price in prices:
            self._add(price)

    def _add(self, price: Price) -> None:
        key = (
            price.event_type,
            price.billing_metric,
            price.billing_group,
            price.api_zone,
            price.service_tier,
        )
        # Two amounts for one key are a contradiction, and picking one is a guess.
        if self._prices.setdefault(key, price.amount) != price.amount:
            self._contradicted.add(key)
        dearest = self._dearest.get(price.event_type, ZERO)
        self._dearest[price.event_type] = max(dearest, price.amount)

    def price_of(self, row: UsageRow) -> Decimal | None:
        """Give the price of one unit of a row, None when it has none."""
        metric = (row.event_type, row.billing_metric, row.billing_group)
        for key in (
            (*metric, row.api_zone, row.service_tier),
            (*metric, None, None),
        ):
            if key in self._prices:
                return None if key in self._contradicted else self._prices[key]
        return None

    def dearest(self, event_type: str | None) -> Decimal:
        """Give the dearest price of an event type, zero when none is known."""
        return self._dearest.get(event_type, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What one category, model, day and event type used and costs.

    `amount` is what the priced part costs; `ceiling` adds the rest at the dearest price
    of its event type. `unpriced` are billed units without a price.
    """

    category: str
    model: str
    day: date | None
    event_type: str | None
    units: int
    paid_units: int
    unpriced: int
    amount: Decimal
    ceiling: Decimal


@dataclass(slots=True)
class Tally:
    """What adds up to a line; there are thousands to add in each check."""

    units: int = 0
    paid_units: int = 0
    unpriced: int = 0
    amount: Decimal = ZERO
    ceiling: Decimal = ZERO

    def line(
        self, category: str, model: str, event_type: str | None, day: date | None = None
    ) -> CostLine:
        """Give the line of what was added up."""
        return CostLine(
            category=category,
            model=model,
            day=day,
            event_type=event_type,
            units=self.units,
            paid_units=self.paid_units,
            unpriced=self.unpriced,
            amount=self.amount,
            ceiling=self.ceiling,
        )


def cost_lines(report: UsageReport) -> tuple[CostLine, ...]:
    """Price every row of a report and add up what belongs together."""
    book = PriceBook(report.prices)
    tallies: dict[tuple[str, str, date | None, str | None], Tally] = {}
    for row in report.rows:
        key = (row.category, row.model, row.day, row.event_type)
        tally = tallies.setdefault(key, Tally())
        tally.units += row.units
        tally.paid_units += row.paid_units
        # What an allowance covers costs nothing, priced or not.
        if row.paid_units == 0:
            continue
        price = book.price_of(row)
        if price is None:
            tally.unpriced += row.paid_units
            tally.ceiling += row.paid_units * book.dearest(row.event_type)
        else:
            tally.amount += row.paid_units * price
            tally.ceiling += row.paid_units * price
    return tuple(
        tally.line(category, model, event_type, day)
        for (category, model, day, event_type), tally in tallies.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a scope costs in a period, and how much of it could not be priced.

    `ceiling` is the most it can be; `unpriced` counts units by event type.
    """

    amount: Decimal = ZERO
    ceiling: Decimal = ZERO
    paid_units: int = 0
    unpriced: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Say whether all that is billed has a price."""
        return not self.unpriced

    @property
    def unpriced_units(self) -> int:
        """Give how many billed units have no price."""
        return sum(self.unpriced.values())

    @property
    def unpriced_named(self) -> str:
        """Name the billed units without a price: `12 api_tokens, 3 pages`."""
        return ", ".join(f"{n} {name}" for name, n in sorted(self.unpriced.items()))

    @property
    def unpriced_percent(self) -> Decimal:
        """Give the share of billed units without a price, in percent."""
        if not self.paid_units:
            return ZERO
        return Decimal(100 * self.unpriced_units) / self.paid_units


def add_up(lines: Iterable[CostLine]) -> Cost:
    """Add up lines."""
    amount, ceiling, paid_units = ZERO, ZERO, 0
    unpriced: dict[str, int] = {}
    for line in lines:
        amount += line.amount
        ceiling += line.ceiling
        paid_units += line.paid_units
        if line.unpriced:
            name = line.event_type or "unnamed"
            unpriced[name] = unpriced.get(name, 0) + line.unpriced
    return Cost(
        amount=amount, ceiling=ceiling, paid_units=paid_units, unpriced=unpriced
    )


def is_in_scope(line: CostLine, scope: Scope) -> bool:
    """Say whether a line counts in a scope.

    Chat counts only where a policy names it: the console's own figure leaves it out,
    for a plan covers it.
    """
    return is_counted(scope, line.category, line.model)


def is_counted(scope: Scope, category: str, model: str) -> bool:
    """Say whether usage of a category and model counts in a scope, as above."""
    if category == _CHAT and _CHAT not in scope.categories:
        return False
    return scope.takes(category, model)


def cost_of(lines: Iterable[CostLine], report: UsageReport, scope: Scope) -> Cost:
    """Give what lines of a report cost in a scope, the older Vibe amount included."""
    cost = add_up(line for line in lines if is_in_scope(line, scope))
    return with_legacy_vibe(cost, report, scope)


def with_legacy_vibe(cost: Cost, report: UsageReport, scope: Scope) -> Cost:
    """Add the amount of money that older answers give for Vibe instead of rows.

    It counts in a scope that takes all of Vibe: it names no model.
    """
    takes_vibe = not scope.categories or Category.VIBE.value in scope.categories
    if report.legacy_vibe is None or scope.models or not takes_vibe:
        return cost
    return replace(
        cost,
        amount=cost.amount + report.legacy_vibe,
        ceiling=cost.ceiling + report.legacy_vibe,
    )
