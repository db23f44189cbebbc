from decimal import Decimal

import pytest

from service.domain.alert import AlertKind
from service.domain.crossing import crossing_of, limit_crossing
from service.domain.quantity import Percent
from service.domain.usage import Failure, Figure, FigureState, SpendLimit, UsageSnapshot
from tests.builders import (
    PAGES,
    TOKENS,
    Fields,
    book,
    cents_row,
    failure,
    figure,
    limit,
    policy,
    reading,
    report,
    report_of,
    row,
    snapshot,
    threshold,
)

INCOMPLETE = report(cents_row(1000), row(200_000, billing_metric="new"))


@pytest.mark.parametrize(
    ("watch", "seen", "bound", "value", "is_crossed"),
    [
        pytest.param("50%", snapshot(2499), 2500, 2499, False, id="below the share"),
        pytest.param("50%", snapshot(2500), 2500, 2500, True, id="at the share"),
        pytest.param(300, snapshot("299.99"), 300, "299.99", False, id="a cent below"),
        pytest.param(300, snapshot(300), 300, 300, True, id="at the amount"),
        pytest.param(0, snapshot(0), 0, 0, True, id="a verified zero reaches zero"),
        pytest.param(
            "50%",
            snapshot(1000, usage=INCOMPLETE),
            2500,
            3000,
            True,
            id="the most it may be fires",
        ),
        pytest.param(
            "50%",
            snapshot(1000, usage=report_of(2600)),
            2500,
            2600,
            True,
            id="the larger of two sources fires",
        ),
        pytest.param(
            "50%",
            snapshot(2600, usage=failure()),
            2500,
            2600,
            True,
            id="one source alone fires",
        ),
        pytest.param(
            "50%",
            snapshot(limit=failure(), usage=failure()),
            2500,
            None,
            None,
            id="no source tells nothing",
        ),
        pytest.param(
            "50%",
            snapshot(9000, usage=report(currency="USD")),
            2500,
            None,
            None,
            id="another currency tells nothing",
        ),
    ],
)
def test_spend_fires_at_or_above_its_bound(
    watch: Fields,
    seen: UsageSnapshot,
    bound: int,
    value: str | int | None,
    *,
    is_crossed: bool | None,
) -> None:
    spending = policy(threshold(spend=watch))
    found = crossing_of(spending, spending.thresholds[0], book(seen))

    assert found.kind is AlertKind.SPEND
    assert (found.bound, found.unit) == (Decimal(bound), "EUR")
    assert found.value == (None if value is None else Decimal(value))
    assert found.is_crossed is is_crossed
    assert not found.may_resolve


def test_a_spend_of_one_source_is_not_certain() -> None:
    spending = policy(threshold(spend="50%"))
    found = crossing_of(
        spending, spending.thresholds[0], book(snapshot(usage=failure()))
    )

    assert not found.is_certain
    assert "only one of two sources answered" in found.reason


TOKENS_USED = report(row(100, units=500), row(3, event_type=PAGES, category="ocr"))


@pytest.mark.parametrize(
    ("unit", "above", "is_crossed"),
    [
        pytest.param(TOKENS, 499, True, id="beyond"),
        pytest.param(TOKENS, 500, False, id="not at"),
        pytest.param(PAGES, 2, True, id="another unit"),
        pytest.param("gpu_hour", 0, False, id="a unit nobody used"),
    ],
)
def test_usage_fires_beyond_its_bound(
    unit: str, above: int, *, is_crossed: bool
) -> None:
    using = policy(threshold(usage={"unit": unit, "above": above}))
    found = crossing_of(using, using.thresholds[0], book(snapshot(usage=TOKENS_USED)))

    assert found.kind is AlertKind.USAGE
    assert (found.bound, found.unit) == (Decimal(above), unit)
    assert found.is_crossed is is_crossed


def test_usage_that_was_not_read_is_unknown_and_noticed() -> None:
    using = policy(
        threshold(usage={"unit": TOKENS, "above": 1}), scope={"workspace": "search"}
    )
    looked_at = book(snapshot(usage_by_workspace={"search": failure()}))
    found = crossing_of(using, using.thresholds[0], looked_at)

    assert found.is_crossed is None
    assert "provider_unavailable" in found.reason
    # Nobody else asks for this scope, and a lost one must be told.
    assert dict(looked_at.scoped_figures()).keys() == {"acme;workspace=search"}


@pytest.mark.parametrize(
    ("spent", "of", "is_crossed", "may_resolve"),
    [
        pytest.param(figure(849), limit(1000), False, False, id="below"),
        pytest.param(figure(850), limit(1000), True, False, id="at"),
        pytest.param(figure(1200), limit(1000), True, False, id="past the limit"),
        pytest.param(figure("807.5"), limit(1000), False, False, id="95 % of it"),
        pytest.param(figure("807.49"), limit(1000), False, True, id="below 95 % of it"),
        pytest.param(figure(0), limit(0), True, False, id="a limit of zero is used up"),
        pytest.param(figure(9999), limit(None), False, True, id="no limit at all"),
        pytest.param(figure(None), limit(None), False, True, id="no limit, no figure"),
        pytest.param(figure(None), limit(1000), None, False, id="an unknown spend"),
        pytest.param(figure(900), failure(), None, False, id="an unknown limit"),
        pytest.param(
            figure(100, FigureState.INCOMPLETE, upper=Decimal(900)),
            limit(1000),
            True,
            False,
            id="the most it may be",
        ),
    ],
)
def test_a_limit_fires_at_its_share_and_ends_well_below(
    spent: Figure,
    of: SpendLimit | Failure,
    *,
    is_crossed: bool | None,
    may_resolve: bool,
) -> None:
    found = limit_crossing(spent, of, Percent(Decimal(85)))

    assert found.kind is AlertKind.LIMIT
    assert (found.bound, found.unit) == (Decimal(85), "%")
    assert found.is_crossed is is_crossed
    assert found.may_resolve is may_resolve


def test_a_third_of_a_limit_is_compared_without_rounding() -> None:
    found = limit_crossing(figure(1), limit(3), Percent(Decimal("33.34")))

    assert found.is_crossed is False


def test_a_limit_that_the_answer_does_not_name_is_unknown() -> None:
    nearing = policy(threshold(limit="85%"))
    found = crossing_of(
        nearing, nearing.thresholds[0], book(snapshot(limit=reading(limit=None)))
    )

    assert found.is_crossed is None
    assert "limit_missing" in found.reason


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "spend 1000.00 is 10.00 % of the limit", id="read"),
        pytest.param({"limit": failure()}, "provider_unavailable", id="lost"),
    ],
)
def test_a_limit_threshold_tells_its_figures(changes: Fields, expected: str) -> None:
    nearing = policy(threshold(limit="85%"))

    found = crossing_of(nearing, nearing.thresholds[0], book(snapshot(**changes)))

    assert expected in found.reason
