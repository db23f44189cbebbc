from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.cost import Cost
from service.domain.figures import (
    believe,
    check_limit,
    check_report,
    doubt_zero,
    figure_of_cost,
    figure_of_two,
    is_lacking,
    is_reconciled,
    unknown,
    with_undated,
)
from service.domain.guard import Reconcile
from service.domain.period import month_of
from service.domain.scope import Scope
from service.domain.state import Sighting
from service.domain.usage import Failure, Figure, FigureState
from tests.builders import (
    DAY,
    NOON,
    Fields,
    failure,
    figure,
    organization,
    reading,
    report,
    sighting,
)

AUGUST = month_of(NOON)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, None, id="the right month and currency is taken"),
        pytest.param({"currency": None}, None, id="an unnamed currency is ours"),
        pytest.param({"currency": "USD"}, "wrong_currency", id="dollars for euros"),
        pytest.param(
            {"period": month_of(datetime(2026, 7, 1, tzinfo=UTC))},
            "wrong_period",
            id="last month's answer",
        ),
        pytest.param(
            {"period": month_of(datetime(2025, 8, 1, tzinfo=UTC))},
            "wrong_period",
            id="the same month of another year",
        ),
        pytest.param(
            {"period": replace(AUGUST, start=AUGUST.start + DAY)},
            "wrong_period",
            id="a month without its first day",
        ),
        pytest.param(
            {"period": replace(AUGUST, end=AUGUST.end + DAY)},
            "wrong_period",
            id="a month with a day of the next",
        ),
        pytest.param(
            {"period": replace(AUGUST, end=AUGUST.end - DAY)},
            None,
            id="a month up to now is taken",
        ),
    ],
)
def test_a_report_must_be_of_the_month_and_currency_asked_for(
    changes: Fields, expected: str | None
) -> None:
    checked = check_report(report(**changes), organization(), AUGUST)

    assert (checked.reason if isinstance(checked, Failure) else None) == expected


def test_failures_pass_the_checks_as_they_are() -> None:
    assert check_report(failure(), organization(), AUGUST) == failure()
    assert check_limit(failure(), organization()) == failure()


def test_a_limit_must_be_in_the_organizations_currency() -> None:
    assert check_limit(reading(), organization()) == reading()
    refused = check_limit(reading(currency="USD"), organization())

    assert isinstance(refused, Failure)
    assert refused.reason == "wrong_currency"
    assert "USD" in refused.detail


@pytest.mark.parametrize(
    ("computed", "counted", "gap", "expected"),
    [
        pytest.param("1000", "1000", 0, True, id="equal"),
        pytest.param("1000", "1010.10", 0, True, id="one percent above"),
        pytest.param("1000", "1010.11", 0, False, id="a cent more above"),
        pytest.param("1010", "1000", 0, True, id="one percent below"),
        pytest.param("1010.01", "1000", 0, False, id="a cent more below"),
        pytest.param("0", "1", 0, True, id="one unit where a percent is less"),
        pytest.param("1", "0", 0, True, id="one unit the other way"),
        pytest.param("0", "1.01", 0, False, id="more than one unit"),
        pytest.param("1000", "1500", 500, True, id="higher by the known gap"),
        pytest.param("1000", "1500.01", 500, False, id="higher by more"),
        pytest.param("1500", "1000", 500, False, id="lower is never the known gap"),
    ],
)
def test_two_sources_agree_within_tolerance_or_one_unit_or_the_known_gap(
    computed: str, counted: str, gap: int, *, expected: bool
) -> None:
    terms = Reconcile(known_gap=Decimal(gap))

    assert is_reconciled(Decimal(computed), Decimal(counted), terms) is expected


def cost(amount: int, ceiling: int | None = None) -> Cost:
    """Give a cost; with a higher ceiling, half its units have no price."""
    if ceiling is None:
        return Cost(amount=Decimal(amount), ceiling=Decimal(amount), paid_units=10)
    return Cost(
        amount=Decimal(amount),
        ceiling=Decimal(ceiling),
        paid_units=10,
        unpriced={"api_tokens": 5},
    )


K, M, U = FigureState.KNOWN, FigureState.MISMATCH, FigureState.UNKNOWN
INC = FigureState.INCOMPLETE


@pytest.mark.parametrize(
    ("computed", "counted", "expected"),
    [
        pytest.param(cost(1000), 1005, (K, 1005, 1005, None), id="agreed"),
        pytest.param(
            cost(0), 0, (K, 0, 0, None), id="an empty month is a verified zero"
        ),
        pytest.param(
            cost(1200), 1000, (M, 1200, 1200, "spend_mismatch"), id="rows are larger"
        ),
        pytest.param(
            cost(1000), 1200, (M, 1200, 1200, "spend_mismatch"), id="total is larger"
        ),
        pytest.param(cost(2), 0, (U, None, None, "zero_total"), id="zero over days"),
        pytest.param(cost(1), 0, (K, 0, 0, None), id="zero over a unit of rounding"),
        pytest.param(
            cost(800, 1500), 1000, (INC, 1000, 1500, "price_missing"), id="unpriced"
        ),
        pytest.param(
            cost(800, 900),
            1000,
            (INC, 1000, 1000, "price_missing"),
            id="unpriced, and the total is above the most it may be",
        ),
        pytest.param(
            cost(1300, 1500),
            1000,
            (INC, 1300, 1500, "price_missing"),
            id="unpriced and mismatched is incomplete, the worse",
        ),
        pytest.param(
            failure(), 1000, (INC, 1000, 1000, "provider_unavailable"), id="no rows"
        ),
        pytest.param(
            cost(800, 900),
            failure("total_missing"),
            (INC, 800, 900, "total_missing"),
            id="no total",
        ),
        pytest.param(
            failure("wrong_period"),
            failure("total_missing"),
            (U, None, None, "wrong_period"),
            id="neither",
        ),
    ],
)
def test_one_figure_is_made_of_two_sources(
    computed: Cost | Failure, counted: int | Failure, expected: tuple[object, ...]
) -> None:
    total = Decimal(counted) if isinstance(counted, int) else counted
    found = figure_of_two(computed, total, Reconcile())

    assert (found.state, found.amount, found.upper, found.reason) == expected
    is_one = isinstance(computed, Failure) != isinstance(counted, Failure)
    assert found.is_one_sided is is_one


def test_what_has_no_price_is_named_with_its_share() -> None:
    found = figure_of_cost(cost(800, 1500))

    assert found.state is INC
    assert (found.amount, found.upper) == (Decimal(800), Decimal(1500))
    assert found.detail == "no price for 5 api_tokens (50.00 % of the units)"


def test_rows_alone_are_known_where_all_is_priced() -> None:
    assert figure_of_cost(cost(800)) == Figure(
        state=K, amount=Decimal(800), upper=Decimal(800)
    )


def test_undated_usage_may_have_fallen_in_any_week() -> None:
    widened = with_undated(figure(100), Decimal(50))

    assert widened.state is INC
    assert (widened.amount, widened.upper) == (Decimal(100), Decimal(150))
    assert widened.reason == "undated_usage"
    assert with_undated(figure(100), Decimal(0)) == figure(100)
    assert with_undated(figure(None), Decimal(50)) == figure(None)


@pytest.mark.parametrize(
    ("missing", "categories", "expected"),
    [
        pytest.param((), (), False, id="nothing is missing"),
        pytest.param(("ocr",), (), True, id="the whole is missing a part"),
        pytest.param(("ocr",), ("ocr", "audio"), True, id="the scope is missing one"),
        pytest.param(("ocr",), ("audio",), False, id="another scope's is missing"),
    ],
)
def test_an_answer_lacks_what_its_scope_counts(
    missing: tuple[str, ...], categories: tuple[str, ...], *, expected: bool
) -> None:
    scope = Scope(organization="acme", categories=categories)

    assert is_lacking(report(missing_categories=missing), scope) is expected


@pytest.mark.parametrize(
    ("now", "believed", "is_doubted"),
    [
        pytest.param(0, sighting(1000), True, id="zero where there was spend"),
        pytest.param(0, sighting(1), False, id="zero where there was a unit"),
        pytest.param(0, None, False, id="zero in a month not seen before"),
        pytest.param(1, sighting(1000), False, id="anything but zero"),
        pytest.param(None, sighting(1000), False, id="unknown as it is"),
    ],
)
def test_a_month_that_cost_something_is_never_zero(
    now: int | None, believed: Sighting | None, *, is_doubted: bool
) -> None:
    found = doubt_zero(figure(now), believed)

    assert (found.reason == "zero_total") is is_doubted
    assert is_doubted or found == figure(now)


def believed_over(amounts: list[int | None], first: int = 1000) -> list[Decimal | None]:
    """Give the amounts believed of a run of checks after a first figure."""
    last: Sighting | None = sighting(first)
    usable = []
    for amount in amounts:
        found, last = believe(figure(amount), last, NOON)
        usable.append(found.amount)
    return usable


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([899, 899, 899], [None, None, 899], id="the third time"),
        pytest.param([900], [900], id="a tenth is no fall"),
        pytest.param([899, 1000, 899, 899], [None, 1000, None, None], id="in a row"),
        pytest.param(
            [899, None, 899, 899, 899],
            [None, None, None, None, 899],
            id="an unknown figure is no sight of the fall",
        ),
        pytest.param([500, 10, 300], [None, None, 300], id="however far it falls"),
        pytest.param([899, 899, 899, 100], [None, None, 899, None], id="and again"),
        pytest.param([950, 900, 850], [950, 900, 850], id="by steps"),
        pytest.param([2000, 1000], [2000, None], id="from the highest seen"),
    ],
)
def test_a_fall_is_believed_when_three_checks_in_a_row_saw_it(
    amounts: list[int | None], expected: list[int | None]
) -> None:
    assert believed_over(amounts) == expected


def test_a_doubted_fall_names_both_figures_and_keeps_the_old_sighting() -> None:
    found, remembered = believe(figure(100), sighting(1000), NOON)

    assert found.reason == "spend_fell"
    assert "from 1000.00 to 100.00" in found.detail
    assert remembered == sighting(1000, falls=1)


def test_a_believed_figure_says_when_it_was_read() -> None:
    found, remembered = believe(figure(1000, as_of=None), None, NOON)

    assert found.as_of == NOON
    assert remembered == sighting(1000)


def test_an_unknown_figure_is_remembered_as_nothing() -> None:
    lost = unknown("provider_unavailable", "no answer")

    assert believe(lost, None, NOON) == (lost, None)
    assert (lost.state, lost.amount, lost.upper) == (FigureState.UNKNOWN, None, None)


@given(
    computed=st.decimals(0, 10**7, places=6), counted=st.decimals(0, 10**7, places=2)
)
def test_no_figure_is_ever_below_what_the_provider_counts(
    computed: Decimal, counted: Decimal
) -> None:
    rows = Cost(amount=computed, ceiling=computed, paid_units=1)
    found = figure_of_two(rows, counted, Reconcile())

    assert found.upper is None or found.upper >= counted
