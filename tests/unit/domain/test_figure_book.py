from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.period import PeriodKind
from service.domain.scope import Scope
from service.domain.state import OrganizationState
from service.domain.usage import Failure, UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    TOKENS,
    Fields,
    book,
    cents_row,
    failure,
    organization,
    reading,
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
SEPTEMBER = datetime(2026, 9, 1, 0, 5, tzinfo=UTC)
UNPRICED = row(1000, billing_metric="new", day=date(2026, 8, 20))


def august(total: str | int | None = 4940, **changes: Fields) -> OrganizationState:
    """Give the memory of an August that ended at so much."""
    amount = None if total is None else Decimal(total)
    good = None if total is None else sighting(total, SEPTEMBER - HOUR)
    return state(last_good=good, last_total=amount, **changes)


@pytest.mark.parametrize(
    ("seen", "known", "expected"),
    [
        pytest.param(
            snapshot(0, at=SEPTEMBER), august(), "0", id="an empty month is a zero"
        ),
        pytest.param(
            snapshot(50, at=SEPTEMBER), august(), "50", id="the total has fallen"
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(4940), usage=report_of(0, SEPTEMBER)),
            august(),
            "period_not_rolled",
            id="the total is last month's",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(4990), usage=report_of(0, SEPTEMBER)),
            august(),
            "period_not_rolled",
            id="the total is last month's, grown since the last check",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(4939), usage=report_of(0, SEPTEMBER)),
            august(),
            "period_not_rolled",
            id="the total is last month's, restated by a little",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(4990), usage=report_of(9, SEPTEMBER)),
            august(),
            "period_not_rolled",
            id="the first rows are not what the total counts",
        ),
        pytest.param(
            snapshot(5000, at=SEPTEMBER),
            august(),
            "5000",
            id="the rows support a total that did not fall",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=failure(), usage=report_of(9, SEPTEMBER)),
            august(),
            "9.00",
            id="rows alone are of the new month",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(9), usage=failure()),
            august(),
            "9",
            id="a total that has fallen needs no rows",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(9000), usage=report_of(0, SEPTEMBER)),
            august(None, period=None),
            "period_not_rolled",
            id="on the first day a total of a stranger may be last month's",
        ),
        pytest.param(
            snapshot(
                at=SEPTEMBER + DAY, limit=reading(9000), usage=failure("rows_lost")
            ),
            august(None, period=None),
            "9000",
            id="on the second day a total of a stranger is this month's",
        ),
        pytest.param(
            snapshot(at=SEPTEMBER, limit=reading(930), usage=report_of(0, SEPTEMBER)),
            august(period="2026-07"),
            "period_not_rolled",
            id="a total below July's may be that of an August nobody saw",
        ),
        pytest.param(
            snapshot(
                at=SEPTEMBER + DAY, limit=reading(9000), usage=failure("rows_lost")
            ),
            august(period="2026-07"),
            "9000",
            id="on the second day it is no longer that of the August nobody saw",
        ),
    ],
)
def test_a_total_counts_once_it_follows_the_calendar(
    seen: UsageSnapshot, known: OrganizationState, expected: str
) -> None:
    total = book(seen, known, now=seen.captured_at).total

    assert str(total.reason if total.amount is None else total.amount) == expected


def test_last_month_was_what_the_provider_counted_and_not_what_rows_cost() -> None:
    # Rows of August cost more than was counted by its end, and the total still grew.
    known = state(last_good=sighting(5000), last_total=Decimal(4940))
    seen = snapshot(at=SEPTEMBER, limit=reading(4990), usage=report_of(0, SEPTEMBER))

    assert book(seen, known, now=SEPTEMBER).total.reason == "period_not_rolled"


def test_a_known_gap_does_not_explain_all_of_last_month() -> None:
    of = organization(reconcile={"known_gap": 500})
    seen = snapshot(at=SEPTEMBER, limit=reading(450), usage=report_of(0, SEPTEMBER))

    found = book(seen, august(450), of, now=SEPTEMBER)

    assert found.total.reason == "period_not_rolled"
    later = SEPTEMBER + DAY
    seen = snapshot(at=later, limit=reading(450), usage=report_of(0, later))
    assert book(seen, august(450), of, now=later).total.amount == 450


def test_an_answer_in_another_currency_begins_no_month() -> None:
    """The next one may still show all of last month."""
    odd = reading(4940, currency="JPY")

    assert not book(
        snapshot(at=SEPTEMBER, limit=odd), august(), now=SEPTEMBER
    ).is_rolled
    assert book(snapshot(limit=odd)).is_rolled


def test_a_month_that_has_rolled_stays_rolled() -> None:
    assert book(snapshot(9000)).is_rolled
    assert book(snapshot(limit=failure())).is_rolled


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"limit": reading(currency="USD")}, id="of the limit"),
        pytest.param({"usage": report(currency="USD")}, id="of the usage"),
    ],
)
def test_another_currency_makes_the_total_unknown_and_forgets_nothing(
    changes: Fields,
) -> None:
    known = state(sightings={"acme|2026-08": sighting(1000, falls=1)})
    found = book(snapshot(**changes), known)

    assert found.total.reason == "wrong_currency"
    assert found.sightings == {"acme|2026-08": sighting(1000)}


def test_an_answer_without_a_total_is_one_source_less() -> None:
    found = book(snapshot(limit=reading(None)))

    assert isinstance(found.counted, Failure)
    assert found.total.reason == "total_missing"
    assert found.total.is_one_sided


def test_a_month_emptied_in_both_sources_is_never_a_zero() -> None:
    known = state(sightings={"acme|2026-08": sighting(1000, falls=2)})
    found = book(snapshot(0), known)

    assert found.total.reason == "zero_total"
    assert found.sightings["acme|2026-08"].amount == 1000


def test_the_total_is_the_figure_of_the_whole_month() -> None:
    found = book()

    assert found.figure(WHOLE, found.month) is found.total
    assert found.total.amount == 1000


MIXED = report(
    cents_row(10, day=date(2026, 8, 20)),
    cents_row(20, day=date(2026, 8, 17)),
    cents_row(40, day=date(2026, 8, 16), category="ocr", model="ocr-latest"),
    cents_row(80, day=date(2026, 8, 20), category="chat"),
)


@pytest.mark.parametrize(
    ("scope", "kind", "expected"),
    [
        pytest.param(OCR, PeriodKind.MONTH, 40, id="a category in the month"),
        pytest.param(OCR, PeriodKind.WEEK, 0, id="a category in the week"),
        pytest.param(WHOLE, PeriodKind.WEEK, 30, id="the week began on Monday"),
        pytest.param(WHOLE, PeriodKind.DAY, 10, id="the day, without chat"),
        pytest.param(
            Scope(organization="acme", categories=("chat",)),
            PeriodKind.DAY,
            80,
            id="chat where it is named",
        ),
        pytest.param(
            Scope(organization="acme", models=("lar*",)),
            PeriodKind.MONTH,
            30,
            id="a glob of models",
        ),
        pytest.param(SEARCH, PeriodKind.MONTH, 7, id="a workspace has its own rows"),
    ],
)
def test_a_scope_has_its_spend_in_a_period(
    scope: Scope, kind: PeriodKind, expected: int
) -> None:
    seen = snapshot(usage=MIXED, usage_by_workspace={"search": report_of(7)})
    found = book(seen)

    assert found.figure(scope, found.period(kind)).amount == expected


def test_each_figure_is_worked_out_once() -> None:
    found = book(snapshot(usage=MIXED))
    week = found.period(PeriodKind.WEEK)

    assert found.figure(OCR, week) is found.figure(OCR, week)
    assert found.period(PeriodKind.WEEK) is week
    assert [scope for scope, _ in found.scoped_figures()] == ["acme;categories=ocr"]
    assert set(found.sightings) == {"acme|2026-08", "acme;categories=ocr|2026-W34"}


@pytest.mark.parametrize(
    ("changes", "scope", "expected"),
    [
        pytest.param({}, SEARCH, "not_read", id="a workspace nobody read"),
        pytest.param(
            {"usage_by_workspace": {"search": failure("unknown_workspace")}},
            SEARCH,
            "unknown_workspace",
            id="a workspace that does not exist",
        ),
        pytest.param(
            {"usage": failure()}, OCR, "provider_unavailable", id="usage is down"
        ),
        pytest.param(
            {"usage": report(missing_categories=("ocr",))},
            OCR,
            "category_missing",
            id="the answer lacks the category",
        ),
    ],
)
def test_what_was_not_read_is_unknown_and_never_zero(
    changes: Fields, scope: Scope, expected: str
) -> None:
    found = book(snapshot(**changes))
    units = found.units(scope, found.month, TOKENS)

    assert found.figure(scope, found.month).reason == expected
    assert isinstance(units, Failure)
    assert units.reason == expected


def test_a_lost_workspace_leaves_every_other_figure_alone() -> None:
    found = book(snapshot(usage_by_workspace={"search": failure()}))

    assert found.figure(SEARCH, found.month).amount is None
    assert found.total.amount == 1000
    assert found.lines("search") == ()


NEW_MONTH = datetime(2026, 9, 2, 12, tzinfo=UTC)


def across(**changes: Fields) -> UsageSnapshot:
    """Give a Wednesday in September whose week began in August."""
    usage = report(cents_row(5, day=date(2026, 9, 1)), at=NEW_MONTH)
    return snapshot(5, at=NEW_MONTH, usage=usage, **changes)


def test_a_week_reaches_back_into_last_month() -> None:
    before = report(
        cents_row(50, day=date(2026, 8, 31)), cents_row(99, day=date(2026, 8, 30))
    )
    found = book(across(previous=before), august(), now=NEW_MONTH)

    assert found.figure(WHOLE, found.period(PeriodKind.WEEK)).amount == 55


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        pytest.param(None, "not_read", id="was not read"),
        pytest.param(failure(), "provider_unavailable", id="could not be read"),
        pytest.param(report(at=NEW_MONTH), "wrong_period", id="is this month's"),
    ],
)
def test_a_week_is_unknown_where_last_month(previous: Fields, expected: str) -> None:
    found = book(across(previous=previous), august(), now=NEW_MONTH)

    assert found.figure(WHOLE, found.period(PeriodKind.WEEK)).reason == expected


@pytest.mark.parametrize(
    ("usage", "amount", "upper"),
    [
        pytest.param(report(cents_row(10)), 10, 10, id="all has a day"),
        pytest.param(
            report(cents_row(10), cents_row(4, day=None)), 10, 14, id="a row has none"
        ),
        pytest.param(
            report(cents_row(10), legacy_vibe=Decimal(6)), 10, 16, id="Vibe has none"
        ),
        pytest.param(
            report(cents_row(10), row(100, day=None, billing_metric="new")),
            10,
            11,
            id="an unpriced row has none",
        ),
        pytest.param(
            report(cents_row(10), cents_row(4, day=None, category="chat")),
            10,
            10,
            id="what has none is not in scope",
        ),
    ],
)
def test_usage_without_a_day_makes_a_day_incomplete(
    usage: Fields, amount: int, upper: int
) -> None:
    found = book(snapshot(usage=usage))
    day = found.figure(WHOLE, found.period(PeriodKind.DAY))

    assert (day.amount, day.upper) == (Decimal(amount), Decimal(upper))
    assert day.reason == (None if amount == upper else "undated_usage")


def test_undated_usage_of_last_month_may_be_of_this_week() -> None:
    before = report(cents_row(50, day=None), cents_row(2, day=date(2026, 8, 31)))
    found = book(across(previous=before), august(), now=NEW_MONTH)
    week = found.figure(WHOLE, found.period(PeriodKind.WEEK))

    assert (week.amount, week.upper) == (Decimal(7), Decimal(57))


def test_the_older_vibe_amount_counts_in_a_month() -> None:
    usage = report(cents_row(10), legacy_vibe=Decimal(6))
    vibe = Scope(organization="acme", categories=("vibe",))
    found = book(snapshot(16, usage=usage))

    assert found.figure(vibe, found.month).amount == 6
    assert found.figure(OCR, found.month).amount == 0
    assert found.total.amount == 16


def test_units_are_counted_by_event_type() -> None:
    usage = report(row(100, units=150), row(7, event_type="api_pages"), UNPRICED)
    found = book(snapshot(usage=usage))

    assert found.units(WHOLE, found.month, TOKENS) == 1150
    assert found.units(WHOLE, found.month, "api_pages") == 7
    assert found.units(WHOLE, found.month, "gpu_hour") == 0
    assert found.units(WHOLE, found.month, TOKENS) == 1150


def test_a_scope_that_fell_is_doubted_like_the_whole() -> None:
    known = state(sightings={"acme;categories=ocr|2026-08": sighting(400)})
    found = book(snapshot(usage=MIXED), known)

    assert found.figure(OCR, found.month).reason == "spend_fell"


def test_the_computed_cost_is_lost_with_its_rows() -> None:
    assert isinstance(book(snapshot(usage=failure())).cost(), Failure)
