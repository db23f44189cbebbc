"""A limit moved outside is put back by itself, within what binds every change."""

from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.limit_ground import Move
from service.domain.revert import revert_move, with_revert_skip
from service.domain.state import Drift
from tests.builders import (
    DAY,
    MINUTE,
    NOON,
    Fields,
    capping,
    failure,
    ground,
    limit,
    organization,
    override,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.drifting import (
    CAP,
    FIRED,
    OUTSIDE,
    RESOLVED,
    moved,
    reverts,
    sentences,
    skips_told,
    watching,
    with_state,
)


def test_revert_puts_it_back_once_a_day_and_then_asks() -> None:
    watched = watching("revert")
    moved(watched)
    assert watched.limit == limit(10_000)
    assert "will be put back to 10000.00 EUR" in sentences(watched, FIRED)[0]
    assert "put back from 12000.00 EUR" in sentences(watched, RESOLVED)[0]
    assert not watched.memory.state.is_reference_ours

    moved(watched)
    watched.check()
    assert watched.limit == limit(12_000)
    assert "until a person decides" in sentences(watched, FIRED)[1]

    watched.check(after=DAY)
    assert watched.limit == limit(10_000)


def test_revert_goes_up_again_too() -> None:
    watched = watching("revert")
    moved(watched, 3000)

    assert watched.limit == limit(10_000)


def test_revert_comes_down_from_no_limit_at_all() -> None:
    watched = watching("revert")
    moved(watched, None)

    assert watched.limit == limit(10_000)


def test_revert_never_takes_the_limit_away() -> None:
    watched = watching("revert")
    watched.limit = limit(None)
    watched.organization = organization(on_drift="adopt")
    watched.check()
    watched.organization = organization(on_drift="revert")
    watched.memory = with_state(watched, override=None)
    moved(watched, 12_000)

    assert watched.limit == limit(12_000)
    assert reverts(watched) == []
    assert watched.state_of(OUTSIDE) is AlertState.FIRING


def test_revert_ends_at_the_spend_rounded_up_and_that_is_ours() -> None:
    watched = watching("revert")
    moved(watched, spend="10500.01", limit_log=())

    assert watched.limit == limit(10_501)
    assert watched.memory.state.reference == limit(10_501)
    assert watched.memory.state.is_reference_ours
    assert watched.memory.state.drift is None


@pytest.mark.parametrize(
    ("guardrails", "spend", "to", "reason"),
    [
        pytest.param({}, 12_000, 12_000, "guardrail", id="spend leaves nothing"),
        pytest.param(
            {"max_limit": 11_000},
            11_500,
            12_000,
            "guardrail",
            id="spend past it",
        ),
        pytest.param(
            {"max_limit": 3000}, 1000, 3000, "guardrail", id="no way up to go"
        ),
    ],
)
def test_revert_obeys_what_binds_every_change(
    guardrails: Fields, spend: int, to: int, reason: str
) -> None:
    watched = watching("revert", **guardrails)
    moved(watched, to, spend=spend)
    watched.check(spend)

    assert watched.limit == limit(to)
    assert reverts(watched) == [f"skipped: {reason}"]
    assert len(skips_told(watched)) == 1


def test_revert_goes_no_higher_than_a_ceiling() -> None:
    watched = watching("revert", max_limit=8000)
    moved(watched, 3000)

    assert watched.limit == limit(8000)


def test_revert_upwards_wants_figures_that_can_be_trusted() -> None:
    watched = watching("revert")
    moved(watched, 3000, usage=failure())

    assert watched.limit == limit(3000)
    assert reverts(watched) == ["skipped: doubtful_data"]
    watched.check()
    assert watched.limit == limit(10_000)


@pytest.mark.parametrize("to", [3000, 12_000])
def test_revert_brings_back_what_a_person_chose(to: int) -> None:
    watched = watching("revert")
    chosen = override(watched.now + DAY, 10_000)
    watched.memory = with_state(watched, override=chosen)
    moved(watched, to)

    assert watched.limit == limit(10_000)
    assert watched.memory.state.override == chosen


def test_the_lower_of_a_cap_and_a_revert_wins() -> None:
    watched = watching("revert", threshold(id="stop", spend=1, then=capping(11_000)))
    moved(watched)

    assert watched.limit == limit(10_000)
    lower = watching("revert", CAP)
    moved(lower)
    assert lower.limit == limit(9000)
    assert reverts(lower) == ["skipped: superseded"]
    assert skips_told(lower) == []


def test_a_revert_that_fails_is_tried_again_when_its_time_has_come() -> None:
    watched = watching("revert")
    watched.is_provider_deaf = True
    moved(watched)
    watched.check(after=MINUTE)
    watched.is_provider_deaf = False
    watched.check(after=10 * MINUTE)

    assert watched.limit == limit(10_000)
    assert sorted(reverts(watched)) == [
        "applied",
        "failed: not_in_force",
        "skipped: cooldown",
    ]


def move_back(before: int, to: int | None, spend: int = 1000) -> object:
    """Work out how a limit is put back while a cap holds at 9000."""
    drift = Drift(before=limit(before), observed=limit(to), since=NOON, seen_at=NOON)
    return revert_move(
        ground(
            snapshot(spend, None if to is None else str(to)),
            organization=organization(on_drift="revert"),
            state=state(drift=drift, reference=drift.before),
        ),
        caps=(Decimal(9000),),
    )


@pytest.mark.parametrize(
    ("before", "to", "spend", "target", "is_lowering"),
    [
        pytest.param(10_000, 3000, 1000, 9000, False, id="up to a cap"),
        pytest.param(10_000, 12_000, 1000, 10_000, True, id="down, the cap for itself"),
        pytest.param(10_000, None, 1000, 10_000, True, id="down from no limit"),
        pytest.param(0, 12_000, 0, 0, True, id="down to nothing"),
    ],
)
def test_a_limit_is_put_back_as_far_as_a_cap_lets_it_rise(
    before: int, to: int | None, spend: int, target: int, *, is_lowering: bool
) -> None:
    assert move_back(before, to, spend) == Move(
        kind=ChangeKind.REVERT,
        target=Decimal(target),
        exact=Decimal(before),
        is_lowering=is_lowering,
    )


def test_a_skip_is_remembered_with_the_drift_it_is_of() -> None:
    drift = Drift(
        before=limit(1),
        observed=limit(2),
        since=NOON,
        seen_at=NOON,
        skips=("cooldown",),
    )
    known = with_revert_skip(state(drift=drift), SkipReason.GUARDRAIL)

    assert known.drift is not None
    assert known.drift.skips == ("cooldown", "guardrail")
    assert with_revert_skip(state(), SkipReason.GUARDRAIL) == state()
