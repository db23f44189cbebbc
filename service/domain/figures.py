"""Spend figures: what each scope spent in a period, and how far that can be trusted.

A figure is known, mismatched, incomplete or unknown. Missing data is never zero, and a
figure that falls without reason is not believed before it was seen three times.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from service.domain.cost import Cost
from service.domain.guard import Organization, Reconcile
from service.domain.money import spoken
from service.domain.period import BillingPeriod
from service.domain.scope import Scope
from service.domain.state import Sighting
from service.domain.usage import (
    Failure,
    Figure,
    FigureState,
    LimitReading,
    UsageReport,
)

# §4.2: a fall of more than a tenth is believed when three checks in a row saw it.
_LARGEST_FALL = Decimal("0.9")
_FALLS_BELIEVED = 3
# One unit of the currency is what rounding and latency alone can make.
_ONE = Decimal(1)


def unknown(reason: str, detail: str) -> Figure:
    """Give the figure that is none."""
    return Figure(
        state=FigureState.UNKNOWN,
        amount=None,
        upper=None,
        reason=reason,
        detail=detail,
    )


def check_report(
    report: UsageReport | Failure, organization: Organization, month: BillingPeriod
) -> UsageReport | Failure:
    """Refuse a usage report of another currency or month than was asked for."""
    if isinstance(report, Failure):
        return report
    if report.currency not in {None, organization.currency}:
        return Failure(
            reason="wrong_currency",
            detail=f"usage is in {report.currency}, expected {organization.currency}",
        )
    came = report.period
    # A month that begins late, or holds days of the next, is no month either.
    if came.start != month.start or came.end > month.end:
        return Failure(
            reason="wrong_period",
            detail=f"usage from {came.start:%Y-%m-%d} to before {came.end:%Y-%m-%d}"
            f" came for {month.key}",
        )
    return report


def check_limit(
    reading: LimitReading | Failure, organization: Organization
) -> LimitReading | Failure:
    """Refuse a spend limit in another currency than the organization's."""
    if isinstance(reading, LimitReading) and reading.currency != organization.currency:
        return Failure(
            reason="wrong_currency",
            detail=f"the limit is in {reading.currency},"
            f" expected {organization.currency}",
        )
    return reading


def is_lacking(report: UsageReport, scope: Scope) -> bool:
    """Say whether an answer lacks a category that counts in a scope.

    What is not there is unknown and not zero; only the provider's own total, which the
    whole organization has, can tell that nothing was in it.
    """
    missing = set(report.missing_categories)
    return bool(missing & set(scope.categories) if scope.categories else missing)


def is_reconciled(computed: Decimal, counted: Decimal, terms: Reconcile) -> bool:
    """Say whether the computed cost explains the provider's total (§4.4)."""
    slack = max(terms.tolerance.of(counted), _ONE)
    return -slack <= counted - computed <= max(slack, terms.known_gap)


def _incomplete(cost: Cost, amount: Decimal, upper: Decimal) -> Figure:
    share = spoken(cost.unpriced_percent)
    return Figure(
        state=FigureState.INCOMPLETE,
        amount=amount,
        upper=upper,
        reason="price_missing",
        detail=f"no price for {cost.unpriced_named} ({share} % of the units)",
    )


def figure_of_cost(cost: Cost) -> Figure:
    """Give the figure of a scope for which rows are the only source."""
    if not cost.is_complete:
        return _incomplete(cost, cost.amount, cost.ceiling)
    return Figure(state=FigureState.KNOWN, amount=cost.amount, upper=cost.amount)


def figure_of_two(
    cost: Cost | Failure, counted: Decimal | Failure, terms: Reconcile
) -> Figure:
    """Hold the computed cost against the provider's total, and give one figure."""
    if isinstance(cost, Failure):
        return _counted_alone(counted, cost)
    if isinstance(counted, Failure):
        return _one_sided(cost.amount, cost.ceiling, counted)
    if counted == 0 and cost.amount > _ONE:
        return unknown(
            "zero_total",
            f"the provider's total is 0 where its rows cost {spoken(cost.amount)}",
        )
    if not cost.is_complete:
        amount = max(counted, cost.amount)
        return _incomplete(cost, amount, max(amount, cost.ceiling))
    if is_reconciled(cost.amount, counted, terms):
        return Figure(state=FigureState.KNOWN, amount=counted, upper=counted)
    larger = max(counted, cost.amount)
    return Figure(
        state=FigureState.MISMATCH,
        amount=larger,
        upper=larger,
        reason="spend_mismatch",
        detail=f"rows cost {spoken(cost.amount)},"
        f" the provider counts {spoken(counted)}",
    )


def _counted_alone(counted: Decimal | Failure, missing: Failure) -> Figure:
    if isinstance(counted, Failure):
        return unknown(missing.reason, missing.detail)
    return _one_sided(counted, counted, missing)


def _one_sided(amount: Decimal, upper: Decimal, missing: Failure) -> Figure:
    return Figure(
        state=FigureState.INCOMPLETE,
        amount=amount,
        upper=upper,
        reason=missing.reason,
        detail=f"only one of two sources answered: {missing.detail}",
        is_one_sided=True,
    )


def at_most(figure: Figure, counted: Decimal | None) -> Figure:
    """Widen a figure of the rows alone by what the provider has counted this month.

    What has no price is in the total only, and was spent all the same.
    """
    if figure.upper is None or counted is None or counted <= figure.upper:
        return figure
    return replace(
        figure,
        upper=counted,
        detail=f"{figure.detail}; the provider counted {spoken(counted)} before",
    )


def with_undated(figure: Figure, undated: Decimal) -> Figure:
    """Widen the figure of a week or day by usage that names no day."""
    if not undated or figure.upper is None:
        return figure
    return replace(
        figure,
        state=FigureState.INCOMPLETE,
        upper=figure.upper + undated,
        reason="undated_usage",
        detail=f"{spoken(undated)} of usage names no day",
    )


def doubt_zero(figure: Figure, believed: Sighting | None) -> Figure:
    """Refuse a total of zero in a month that had cost something before (§4.2)."""
    if figure.amount != 0 or believed is None or believed.amount <= _ONE:
        return figure
    return unknown(
        "zero_total",
        f"the spend is 0 where it was {spoken(believed.amount)} in the same month",
    )


def has_fallen(amount: Decimal, believed: Sighting) -> bool:
    """Say whether an amount fell by more than a tenth, and too few checks saw it."""
    is_less = amount < believed.amount * _LARGEST_FALL
    return is_less and believed.falls + 1 < _FALLS_BELIEVED


def believe(
    figure: Figure, believed: Sighting | None, at: datetime
) -> tuple[Figure, Sighting | None]:
    """Doubt a figure that fell by more than a tenth until three checks saw it (§4.2).

    Gives the figure as it may be used and what the next check is to remember.
    """
    if figure.amount is None:
        # An unknown figure is no sight of the fall: three in a row start over.
        return figure, None if believed is None else replace(believed, falls=0)
    if believed is not None and has_fallen(figure.amount, believed):
        detail = (
            f"spend fell from {spoken(believed.amount)} to {spoken(figure.amount)};"
            " believed when three checks in a row have seen it"
        )
        doubted = replace(believed, falls=believed.falls + 1)
        return unknown("spend_fell", detail), doubted
    return replace(figure, as_of=at), Sighting(amount=figure.amount, at=at)
