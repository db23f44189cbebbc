from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.usage_lines import usage_months
from tests.builders import (
    NOON,
    book,
    cents_row,
    failure,
    organization,
    report,
    report_of,
    row,
    snapshot,
)


def line(day: str | None, model: str, units: int, cost: str | None) -> UsageLine:
    return UsageLine(
        day=day,
        category="completion",
        model=model,
        units=units,
        paid_units=units,
        cost=None if cost is None else Decimal(cost),
    )


def test_a_month_is_kept_by_day_category_and_model() -> None:
    usage = report(
        cents_row(2, model="b"),
        cents_row(1, model="b", event_type="api_pages", billing_metric="new"),
        cents_row(3, model="a"),
        cents_row(4, model="a", billing_group="input"),
        cents_row(5, model="a", day=date(2026, 8, 1)),
        row(7, model="a", day=None),
    )
    (month,) = usage_months(book(snapshot(usage=usage)), organization(), (), NOON)

    assert month.lines == (
        line(None, "a", 7, "0.07"),
        line("2026-08-01", "a", 500, "5"),
        line("2026-08-20", "a", 700, "7"),
        # A part has no price, so the whole line has no cost: that is not zero.
        line("2026-08-20", "b", 300, None),
    )
    assert replace(month, lines=()) == UsageMonth(
        organization="acme",
        workspace="",
        period="2026-08",
        currency="EUR",
        captured_at=NOON,
        lines=(),
    )


def test_each_workspace_that_was_read_has_its_own() -> None:
    seen = snapshot(usage_by_workspace={"search": report_of(7), "lost": failure()})
    months = usage_months(book(seen), organization(), ("search", "lost"), NOON)

    assert [(month.workspace, len(month.lines)) for month in months] == [
        ("", 1),
        ("search", 1),
    ]


def test_a_month_that_could_not_be_read_is_not_overwritten() -> None:
    assert usage_months(book(snapshot(usage=failure())), organization(), (), NOON) == ()
