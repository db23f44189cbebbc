"""The past as a chart of signs: the spend of each day under the limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.api.bodies.backtest import OrganizationBacktestItem, PastDayItem
from service.domain.backtest import Edge, Grain
from service.domain.limit_change import ChangeState

_ROWS = 10
_COLUMNS = 72
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the chart is drawn with."""

    spend: str
    limit: str
    fired: str
    moved: str
    by_day: str


BLOCKS = Signs(spend="█", limit="─", fired="!", moved="~", by_day="·")
PLAIN = Signs(spend="#", limit="-", fired="!", moved="~", by_day=".")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One or more days: their last figures, and what happened in them."""

    spend: Decimal | None
    limit: Decimal | None
    is_by_day: bool
    has_fired: bool
    has_moved: bool


def chart_lines(item: OrganizationBacktestItem, signs: Signs) -> Iterator[str]:
    """Give the lines of the chart, top to bottom; none where nothing is known."""
    columns = [_column(days) for days in _buckets(item.days)]
    known = [each for each in columns if each.spend is not None]
    if not known:
        return
    top = max(
        max(each.spend or _ZERO, each.limit or _ZERO) for each in columns
    ) or Decimal(1)
    width = len(f"{top:,.0f}")
    for row in range(_ROWS, 0, -1):
        level = top * row / _ROWS
        label = f"{level:,.0f}" if row in {_ROWS, _ROWS // 2} else ""
        signs_of_row = "".join(_sign(each, row, top, signs) for each in columns)
        yield f"{label:>{width}} │{signs_of_row}".rstrip()
    yield f"{'0':>{width}} └{''.join('─' for _ in columns)}"
    for name, marks in (
        ("alerts", [signs.fired if each.has_fired else " " for each in columns]),
        ("limit", [signs.moved if each.has_moved else " " for each in columns]),
        ("by day", [signs.by_day if each.is_by_day else " " for each in columns]),
    ):
        if any(mark != " " for mark in marks):
            yield f"{'':>{width}}  {''.join(marks)}  {name}"
    first, last = item.days[0].date, item.days[-1].date
    yield f"{'':>{width}}  {first} to {last}"


def _buckets(days: Sequence[PastDayItem]) -> Iterator[Sequence[PastDayItem]]:
    """Cut the days into as many columns as a terminal is wide."""
    size = max(-(-len(days) // _COLUMNS), 1)
    for first in range(0, len(days), size):
        yield days[first : first + size]


def _column(days: Sequence[PastDayItem]) -> _Column:
    spends = [Decimal(each.spend.amount) for each in days if each.spend is not None]
    limits = [each.spend_limit for each in days if each.spend_limit is not None]
    return _Column(
        spend=max(spends, default=None),
        limit=Decimal(limits[-1].amount) if limits else None,
        is_by_day=any(each.grain is Grain.BY_DAY for each in days),
        has_fired=any(a.edge is Edge.FIRED for each in days for a in each.alerts),
        has_moved=any(
            change.state is ChangeState.APPLIED
            for each in days
            for change in each.limit_changes
        ),
    )


def _sign(column: _Column, row: int, top: Decimal, signs: Signs) -> str:
    low, high = top * (row - 1) / _ROWS, top * row / _ROWS
    if column.limit is not None and low < column.limit <= high:
        return signs.limit
    return signs.spend if column.spend is not None and column.spend > low else " "
