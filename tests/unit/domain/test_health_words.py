"""What a health alert has to say: how grave it is, since when, of what and how much."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.alert import AlertKind
from service.domain.health import (
    Condition,
    change_conditions,
    data_conditions,
    limit_conditions,
    scope_unknown,
)
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from tests.builders import (
    HOUR,
    NOON,
    book,
    failure,
    figure,
    reading,
    report,
    report_of,
    row,
    sighting,
    snapshot,
    state,
)

QUARTER = timedelta(minutes=15)
KNOWN = state(last_good=sighting(900, NOON - HOUR))
NEVER = state(last_good=None)
LOST = snapshot(limit=failure(), usage=failure("rows_lost"))
DIFFERING = snapshot(usage=report_of(1300))
UNPRICED = snapshot(usage=report(row(30_000), row(10_000, billing_metric="new")))
GRAVE = {
    "data_unknown": "critical",
    "price_missing": "warning",
    "spend_mismatch": "warning",
    "limit_reached": "critical",
    "payment_failed": "critical",
    "limit_change_unknown": "critical",
    "limit_change_failed": "critical",
}


def conditions(
    seen: UsageSnapshot, known: OrganizationState = KNOWN
) -> dict[AlertKind, Condition]:
    """Give every condition of an organization as a whole by its kind."""
    found = (
        *data_conditions(book(seen, known), known, QUARTER, NOON),
        *limit_conditions(seen.limit),
        *change_conditions((), known),
    )
    return {each.kind: each for each in found}


@pytest.mark.parametrize("seen", [LOST, DIFFERING, UNPRICED, snapshot()])
def test_how_grave_a_condition_is_does_not_depend_on_what_was_read(
    seen: UsageSnapshot,
) -> None:
    found = conditions(seen).items()

    assert {kind.value: each.severity.value for kind, each in found} == GRAVE


@pytest.mark.parametrize(
    ("kind", "seen", "known", "named"),
    [
        pytest.param(
            "data_unknown",
            LOST,
            KNOWN,
            ["2026-08-20 11:00", failure().detail],
            id="since when there is no figure and why",
        ),
        pytest.param(
            "price_missing",
            UNPRICED,
            KNOWN,
            ["10000 api_tokens", "25.00 %", "at most 400"],
            id="what has no price, its share and the most it can cost",
        ),
        pytest.param(
            "price_missing", LOST, KNOWN, [failure().detail], id="why there is no price"
        ),
        pytest.param(
            "spend_mismatch",
            DIFFERING,
            KNOWN,
            ["1000", "1300"],
            id="what the two sources say",
        ),
        pytest.param(
            "limit_change_failed",
            snapshot(),
            state(failures=3, is_circuit_open=True),
            ["3 limit changes"],
            id="how many changes failed",
        ),
    ],
)
def test_a_condition_names(
    kind: str, seen: UsageSnapshot, known: OrganizationState, named: list[str]
) -> None:
    reason = conditions(seen, known)[AlertKind(kind)].reason

    assert [each for each in named if each not in reason] == []


def test_a_figure_nobody_ever_had_is_missing_since_no_date() -> None:
    assert "2026" not in conditions(LOST, NEVER)[AlertKind.DATA_UNKNOWN].reason


def test_a_scope_that_is_lost_is_named_with_why() -> None:
    lost = figure(None, detail="no answer in 10 s")
    found = scope_unknown("acme;workspace=search", lost, None, QUARTER, NOON)

    for named in ("acme;workspace=search", "lost", "no answer in 10 s"):
        assert named in found.reason


def test_a_missing_price_is_valued_by_its_share_in_percent() -> None:
    found = conditions(UNPRICED)[AlertKind.PRICE_MISSING]

    assert (found.value, found.unit) == (Decimal(25), "%")


def test_what_the_provider_says_is_no_less_grave_where_it_was_not_read() -> None:
    assert [each.severity for each in limit_conditions(reading())] == [
        each.severity for each in limit_conditions(failure())
    ]
