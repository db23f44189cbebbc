"""Usage and spend on the wire, summed along each dimension."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    example,
    is_unlimited,
    limit_money,
    money,
)
from service.domain.check import Observation, UsageLine, UsageMonth
from service.domain.money import total

_SUM = {
    "units": 183000000,
    "paid_units": 176500000,
    "unpriced_units": 0,
    "spend": EUR_292,
}


class UsageSum(Body):
    """A sum of usage; units of different kinds (tokens, pages) are added as they are.

    `spend` leaves out what has no price: `unpriced_units` says how much that is, and
    `spend` is null, not zero, when nothing billed has a price.
    """

    units: int
    paid_units: int
    unpriced_units: int
    spend: MoneyBody | None


class UsageOf(UsageSum):
    """The part of one category, model or workspace."""

    name: str


class UsageDay(UsageSum):
    """One UTC day; null for rows that name none."""

    day: str | None


class UsageBody(Body):
    """A month of usage as last read; workspaces are those that policies look at.

    `rest` is what belongs to none of these: to another workspace, or to none at all;
    null where no workspace was read, or the whole is older than its parts.
    """

    model_config = example(
        organization="acme",
        period="2026-08",
        currency="EUR",
        captured_at="2026-08-20T12:00:00Z",
        total=_SUM,
        by_day=[{"day": "2026-08-19", **_SUM}],
        by_category=[{"name": "chat", **_SUM}],
        by_model=[{"name": "mistral-large-latest", **_SUM}],
        by_workspace=[{"name": "production", **_SUM}],
        rest={
            "units": 0,
            "paid_units": 0,
            "unpriced_units": 0,
            "spend": {"amount": "0.00", "currency": "EUR"},
        },
    )

    organization: str
    period: str
    currency: str
    captured_at: datetime
    total: UsageSum
    by_day: list[UsageDay]
    by_category: list[UsageOf]
    by_model: list[UsageOf]
    by_workspace: list[UsageOf]
    rest: UsageSum | None


class SeriesPoint(Body):
    """What one check saw; null is "not known", never zero.

    `forecast` is the spend it expected at the month's end.
    """

    model_config = example(
        at="2026-08-20T12:00:00Z",
        spend=EUR_292,
        spend_limit=EUR_4000,
        unlimited=False,
        forecast={"amount": "431.07", "currency": "EUR"},
    )

    at: datetime
    spend: MoneyBody | None
    spend_limit: MoneyBody | None
    unlimited: bool | None
    forecast: MoneyBody | None


class SeriesBody(Body):
    """Spend, limit and forecast over time, oldest first."""

    model_config = example(
        organization="acme",
        currency="EUR",
        since="2026-08-01T00:00:00Z",
        until="2026-08-20T12:00:00Z",
        items=[],
    )

    organization: str
    currency: str
    since: datetime
    until: datetime
    items: list[SeriesPoint]


def usage_body(months: tuple[UsageMonth, ...]) -> UsageBody:
    """Give a month; `months` has its whole, then its workspaces."""
    whole = next((month for month in months if not month.workspace), months[0])
    lines, currency = whole.lines, whole.currency
    days = _grouped(lines, lambda line: line.day)
    return UsageBody(
        organization=whole.organization,
        period=whole.period,
        currency=currency,
        captured_at=whole.captured_at,
        total=UsageSum(**_summed(lines, currency)),
        by_day=[
            UsageDay(day=day, **_summed(days[day], currency))
            for day in sorted(days, key=lambda day: day or "")
        ],
        by_category=_parts(_grouped(lines, lambda line: line.category), currency),
        by_model=_parts(_grouped(lines, lambda line: line.model), currency),
        by_workspace=_parts(
            {month.workspace: month.lines for month in months if month.workspace},
            currency,
        ),
        rest=_rest(whole, [month for month in months if month.workspace]),
    )


def _rest(whole: UsageMonth, workspaces: Collection[UsageMonth]) -> UsageSum | None:
    if whole.workspace or not workspaces:
        return None
    # A workspace that is named in two ways is read twice, and counts once.
    parts = [_totals(lines) for lines in {each.lines for each in workspaces}]
    units, paid, unpriced, spend = (
        all_of - sum(of)
        for all_of, *of in zip(_totals(whole.lines), *parts, strict=True)
    )
    if min(units, paid, unpriced, spend) < 0:
        return None
    is_told = spend > 0 or not unpriced
    return UsageSum(
        units=int(units),
        paid_units=int(paid),
        unpriced_units=int(unpriced),
        spend=money(Decimal(spend), whole.currency) if is_told else None,
    )


def _totals(lines: Iterable[UsageLine]) -> tuple[Decimal, ...]:
    """Add up units, billed units, those without a price, and what the others cost."""
    read = tuple(lines)
    return (
        Decimal(sum(line.units for line in read)),
        Decimal(sum(line.paid_units for line in read)),
        Decimal(sum(line.paid_units for line in read if line.cost is None)),
        total(line.cost for line in read if line.cost is not None),
    )


def _grouped(
    lines: Iterable[UsageLine], by: Callable[[UsageLine], str | None]
) -> dict[str | None, list[UsageLine]]:
    groups: dict[str | None, list[UsageLine]] = {}
    for line in lines:
        groups.setdefault(by(line), []).append(line)
    return groups


def _parts(groups: Mapping[Any, Iterable[UsageLine]], currency: str) -> list[UsageOf]:
    return [
        UsageOf(name=name, **_summed(groups[name], currency)) for name in sorted(groups)
    ]


def _summed(lines: Iterable[UsageLine], currency: str) -> dict[str, Any]:
    lines = list(lines)
    costs = [line.cost for line in lines if line.cost is not None]
    unpriced = sum(line.paid_units for line in lines if line.cost is None)
    # What costs nothing because nothing is billed does not tell what the rest costs.
    is_told = any(line.cost is not None and line.paid_units for line in lines)
    return {
        "units": sum(line.units for line in lines),
        "paid_units": sum(line.paid_units for line in lines),
        "unpriced_units": unpriced,
        "spend": None if unpriced and not is_told else money(total(costs), currency),
    }


def series_point(observation: Observation, currency: str) -> SeriesPoint:
    """Give a point of the series."""
    return SeriesPoint(
        at=observation.at,
        spend=money(observation.spend, currency),
        spend_limit=limit_money(observation.limit),
        unlimited=is_unlimited(observation.limit),
        forecast=money(observation.forecast, currency),
    )
