"""The figures of a part of the usage: a workspace's own rows, a category, a day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.figures import unknown
from service.domain.period import PeriodKind, month_of
from service.domain.scope import Scope
from service.domain.usage import Failure
from tests.builders import (
    NOON,
    TOKENS,
    Fields,
    book,
    cents_row,
    failure,
    report,
    report_of,
    row,
    sighting,
    snapshot,
    state,
)

WHOLE = Scope(organization="acme")
SEARCH = Scope(organization="acme", workspace="search")
OCR = Scope(organization="acme", categories=("ocr",))
AUGUST = month_of(NOON)
UNPRICED = row(1000, billing_metric="new", category="ocr")
LACKING = report(cents_row(7), missing_categories=("ocr", "chat"))


@pytest.mark.parametrize(
    ("usage", "amount", "reason"),
    [
        pytest.param(report_of(1000), None, "zero_total", id="all of its rows"),
        pytest.param(
            report(cents_row(1000), UNPRICED), 0, "price_missing", id="its price alone"
        ),
    ],
)
def test_a_scope_that_loses_everything_is_no_zero(
    usage: Fields, amount: int | None, reason: str
) -> None:
    known = state(sightings={"acme;categories=ocr|2026-08": sighting(400, falls=2)})
    found = book(snapshot(usage=usage), known).figure(OCR, AUGUST)

    assert (found.amount, found.reason) == (amount, reason)


def test_a_workspace_lacks_what_its_own_answer_lacks() -> None:
    lacking = book(snapshot(usage_by_workspace={"search": LACKING}))
    units = lacking.units(SEARCH, AUGUST, TOKENS)

    assert isinstance(units, Failure)
    assert units.reason == "category_missing"
    assert "ocr" in units.detail
    assert "chat" in units.detail
    assert lacking.figure(SEARCH, AUGUST) == unknown(units.reason, units.detail)
    assert lacking.units(WHOLE, AUGUST, TOKENS) == 100_000

    whole = book(snapshot(usage=LACKING, usage_by_workspace={"search": report_of(7)}))
    assert whole.units(SEARCH, AUGUST, TOKENS) == 700
    assert whole.figure(SEARCH, AUGUST).amount == 7


def test_what_was_not_read_keeps_the_word_of_why() -> None:
    lost = failure()
    found = book(snapshot(usage=lost))
    assert found.figure(OCR, AUGUST) == unknown(lost.reason, lost.detail)

    first = datetime(2026, 9, 1, 12, tzinfo=UTC)
    found = book(snapshot(at=first, previous=lost), now=first)
    week = found.period(PeriodKind.WEEK)
    assert found.figure(WHOLE, week) == unknown(lost.reason, lost.detail)


def test_usage_without_a_day_counts_where_it_was_read() -> None:
    whole = report(cents_row(10), cents_row(50, day=None), legacy_vibe=Decimal(9))
    own = report(cents_row(7), cents_row(4, day=None), legacy_vibe=Decimal(2))
    found = book(snapshot(usage=whole, usage_by_workspace={"search": own}))
    day = found.figure(SEARCH, found.period(PeriodKind.DAY))

    assert (day.amount, day.upper) == (Decimal(7), Decimal(13))


@pytest.mark.parametrize(
    ("kind", "amount", "upper"),
    [
        pytest.param(PeriodKind.WEEK, 7, 17, id="the week began in it"),
        pytest.param(PeriodKind.DAY, 5, 8, id="the day is the first of the new month"),
    ],
)
def test_undated_usage_of_last_month_counts_in_what_reaches_back_to_it(
    kind: PeriodKind, amount: int, upper: int
) -> None:
    first = datetime(2026, 9, 1, 12, tzinfo=UTC)
    monday = cents_row(2, day=date(2026, 8, 31))
    usage = report(cents_row(5, day=first.date()), at=first)
    seen = snapshot(
        5,
        at=first,
        usage=replace(usage, legacy_vibe=Decimal(3)),
        previous=report(monday, cents_row(1, day=None), legacy_vibe=Decimal(6)),
    )
    found = book(seen, state(last_total=Decimal(9)), now=first)
    figure = found.figure(WHOLE, found.period(kind))

    assert (figure.amount, figure.upper) == (Decimal(amount), Decimal(upper))
