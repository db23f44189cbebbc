import pytest

from service.domain.limit_change import ChangeState, SkipReason, is_raise
from service.domain.limit_plan import plan_change, skipped_change
from service.domain.policy import Mode
from service.domain.state import OrganizationState
from service.domain.usage import SpendLimit, UsageSnapshot
from tests.builders import (
    MINUTE,
    NOON,
    Fields,
    cents_row,
    change,
    failure,
    ground,
    limit,
    override,
    raising,
    reading,
    report,
    row,
    setting,
    snapshot,
    state,
)
from tests.builders import capping as cap
from tests.unit.domain.wishes import verdict, wanted

UNPRICED = row(100_000, billing_metric="new-model", model="new")


def incomplete(spend: int = 1000) -> UsageSnapshot:
    """Give a spend that may be a thousand euros more."""
    rows = report(cents_row(spend), UNPRICED)
    return snapshot(spend, usage=rows)


def mismatched() -> UsageSnapshot:
    return snapshot(1000, usage=report(cents_row(2000)))


@pytest.mark.parametrize(
    ("then", "seen", "expected"),
    [
        pytest.param(raising(), incomplete(), "doubtful_data", id="raise, incomplete"),
        pytest.param(raising(), mismatched(), "doubtful_data", id="raise, mismatched"),
        pytest.param(
            raising(),
            snapshot(usage=failure()),
            "doubtful_data",
            id="raise, one source only",
        ),
        pytest.param(
            setting(20_000), incomplete(), "doubtful_data", id="set up, incomplete"
        ),
        pytest.param(cap(5000), incomplete(), 5000, id="cap above the larger figure"),
        pytest.param(cap(1500), incomplete(), 2000, id="cap ends at the upper bound"),
        pytest.param(cap(1500), mismatched(), 2000, id="cap ends at the larger figure"),
        pytest.param(
            cap("spend + 5%"), mismatched(), 2250, id="spend is the larger figure"
        ),
        pytest.param(
            cap(1500, below_spend=True),
            mismatched(),
            "doubtful_data",
            id="cap below the larger figure",
        ),
        pytest.param(
            cap(2500, below_spend=True),
            mismatched(),
            2500,
            id="cap above the larger figure that might go below",
        ),
        pytest.param(cap(1500), snapshot(usage=failure()), 1500, id="cap, one source"),
        pytest.param(
            cap(5000),
            snapshot(limit=failure()),
            "doubtful_data",
            id="cap, limit unreadable",
        ),
        pytest.param(
            cap(5000),
            snapshot(limit=reading(limit=None)),
            "doubtful_data",
            id="cap, limit not named",
        ),
        pytest.param(
            cap(5000),
            snapshot(limit=reading(None), usage=failure()),
            "doubtful_data",
            id="cap, spend unknown",
        ),
        pytest.param(
            setting(5000),
            snapshot(limit=reading(currency="USD")),
            "doubtful_data",
            id="set, another currency",
        ),
    ],
)
def test_doubt_stops_what_must_not_rest_on_it(
    then: Fields, seen: UsageSnapshot, expected: int | str
) -> None:
    assert verdict(wanted(then), ground(seen)) == expected


@pytest.mark.parametrize("then", [raising(), cap(5000), setting(5000)])
@pytest.mark.parametrize(
    ("known", "changes", "expected"),
    [
        pytest.param(state(), {"is_paused": True}, "paused", id="paused"),
        pytest.param(state(is_circuit_open=True), {}, "circuit_open", id="circuit"),
        pytest.param(state(override=override()), {}, "overridden", id="override"),
        pytest.param(
            state(retry_at=NOON + MINUTE), {}, "cooldown", id="a failure backs off"
        ),
        pytest.param(
            state(),
            {"changes": (change(state=ChangeState.UNKNOWN),)},
            "doubtful_data",
            id="an unsettled change",
        ),
        pytest.param(
            state(),
            {"changes": (change(state=ChangeState.REQUESTED),)},
            "doubtful_data",
            id="a change in flight",
        ),
    ],
)
def test_nothing_automatic_happens_while(
    then: Fields, known: OrganizationState, changes: Fields, expected: str
) -> None:
    assert verdict(wanted(then), ground(state=known, **changes)) == expected


def test_what_has_passed_blocks_nothing() -> None:
    known = state(override=override(until=NOON), retry_at=NOON)

    assert verdict(wanted(cap(5000)), ground(state=known)) == 5000


def test_observe_mode_touches_nothing_and_says_what_it_would_have_done() -> None:
    plan = plan_change([wanted(cap(5000), mode=Mode.OBSERVE)], ground())

    (skip,) = plan.skips
    assert plan.change is None
    assert skip.reason is SkipReason.OBSERVE_MODE
    assert skipped_change(skip, ground()).after == limit(5000)


def test_observe_mode_is_told_before_anything_else_that_stands_against_it() -> None:
    blocked = ground(is_paused=True)

    (skip,) = plan_change([wanted(cap(5000), mode=Mode.OBSERVE)], blocked).skips

    assert skip.reason is SkipReason.OBSERVE_MODE
    assert skipped_change(skip, blocked).after is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(limit(1), limit(2), True, id="more"),
        pytest.param(limit(2), limit(1), False, id="less"),
        pytest.param(limit(2), limit(2), False, id="as much"),
        pytest.param(limit(2), limit(None), True, id="to unlimited"),
        pytest.param(limit(None), limit(2), False, id="from unlimited"),
        pytest.param(None, limit(2), False, id="from what nobody knows"),
        pytest.param(limit(2), None, False, id="to what nobody knows"),
    ],
)
def test_a_raise_loosens_the_limit(
    before: SpendLimit | None, after: SpendLimit | None, *, expected: bool
) -> None:
    assert is_raise(before, after) is expected
