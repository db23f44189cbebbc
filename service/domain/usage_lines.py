"""A month of usage as it is kept and shown: by day, category and model."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.cost import CostLine
from service.domain.figure_book import FigureBook
from service.domain.guard import Organization
from service.domain.usage import Failure


def usage_months(
    book: FigureBook,
    organization: Organization,
    workspaces: Iterable[str],
    captured_at: datetime,
) -> tuple[UsageMonth, ...]:
    """Give the month of the organization, then of each workspace that was read.

    One that could not be read is left as it was kept: it did not cost nothing.
    """
    if isinstance(book.usage, Failure):
        return ()
    return tuple(
        UsageMonth(
            organization=organization.name,
            workspace=workspace,
            period=book.month.key,
            currency=organization.currency,
            captured_at=captured_at,
            lines=usage_lines(book.lines(workspace)),
        )
        for workspace in ("", *(each for each in workspaces if book.is_read(each)))
    )


def usage_lines(lines: Iterable[CostLine]) -> tuple[UsageLine, ...]:
    """Add up lines by day, category and model; no cost where a part has no price."""
    merged: dict[tuple[str, str, str], tuple[int, int, Decimal, bool]] = {}
    for line in lines:
        day = "" if line.day is None else line.day.isoformat()
        key = (day, line.category, line.model)
        units, paid, amount, is_priced = merged.get(key, (0, 0, Decimal(0), True))
        merged[key] = (
            units + line.units,
            paid + line.paid_units,
            amount + line.amount,
            is_priced and not line.unpriced,
        )
    return tuple(
        UsageLine(
            day=day or None,
            category=category,
            model=model,
            units=units,
            paid_units=paid,
            cost=amount if is_priced else None,
        )
        for (day, category, model), (units, paid, amount, is_priced) in sorted(
            merged.items()
        )
    )
