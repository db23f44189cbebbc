"""Figures that are no more than a bound, or that only one source stands for."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.domain.check import Outcome
from service.domain.evaluation import evaluate
from service.domain.usage import SpendLimit
from tests.builders import (
    NOON,
    Fields,
    alert,
    book,
    cents_row,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    reading,
    report,
    report_of,
    row,
    setting,
    snapshot,
    state,
    threshold,
)
from tests.builders import capping as cap

STOP = threshold(id="stop", spend="100%", then=cap("100%"))
SEPTEMBER = datetime(2026, 9, 1, 0, 5, tzinfo=UTC)


def test_rows_alone_never_say_that_less_was_spent_than_was_counted() -> None:
    seen = snapshot(limit=reading(None), usage=report_of(4800))

    total = book(seen, state(last_total=Decimal(5200))).total

    assert (total.amount, total.upper) == (Decimal(4800), Decimal(5200))
    assert total.detail.endswith("the provider counted 5200.00 before")
    assert book(seen, state(last_total=Decimal(4700))).total.upper == 4800


def test_last_month_s_total_says_nothing_of_the_rows_of_this_one() -> None:
    seen = snapshot(at=SEPTEMBER, limit=reading(None), usage=report_of(40, SEPTEMBER))

    total = book(seen, state(last_total=Decimal(4940)), now=SEPTEMBER).total

    assert total.upper == 40


def test_no_cap_comes_below_what_was_counted_while_the_total_is_missing() -> None:
    seen = snapshot(limit=reading(None, 5200), usage=report_of(4800))
    known = state(last_total=Decimal(5150), reference=limit(5200))

    found = evaluate(
        policy_set(policy(STOP)),
        organization(),
        seen,
        memory(known, alert("stop")),
        now=NOON,
    )

    assert found.change is None


@pytest.mark.parametrize(
    ("watch", "then"),
    [
        pytest.param({"spend": "100%"}, cap("spend + 5%"), id="cap"),
        pytest.param({"spend": "100%"}, setting(7000), id="set"),
        pytest.param({"limit": "50%"}, cap(9000), id="a share of the limit"),
    ],
)
def test_a_spend_that_only_may_be_so_high_moves_no_limit(
    watch: Fields, then: Fields
) -> None:
    unpriced = row(300_000, billing_metric="new", model="new")
    seen = snapshot(3000, usage=report(cents_row(3000), unpriced))
    stop = threshold(id="stop", then=then, **watch)

    found = evaluate(policy_set(policy(stop)), organization(), seen, memory(), now=NOON)

    assert found.check.decisions[0].outcome is Outcome.FIRED
    assert found.change is None
    assert [each.reason for each in found.skipped] == ["doubtful_data"]


@pytest.mark.parametrize(
    ("start", "observed", "expected"),
    [
        pytest.param(limit(None), limit(4000), limit(4000), id="the first that is one"),
        pytest.param(limit(None), limit(None), limit(None), id="none yet"),
        pytest.param(limit(3000), limit(4000), limit(3000), id="the first stays"),
        pytest.param(limit(None), None, limit(None), id="none that could be read"),
    ],
)
def test_a_months_raises_are_counted_from_its_first_limit_that_is_one(
    start: SpendLimit, observed: SpendLimit | None, expected: SpendLimit
) -> None:
    seen = snapshot(limit=reading(limit=observed))
    known = state(limit_at_start=start, reference=observed)

    found = evaluate(policy_set(), organization(), seen, memory(known), now=NOON)

    assert found.state.limit_at_start == expected
