"""Everything that is planned of a limit change: the move, the record, its identity."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from service.domain.alert import Alert
from service.domain.audit import SCHEDULER
from service.domain.case import Case
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    SkipReason,
    change_id,
)
from service.domain.limit_ground import Ground, Move, Wanted
from service.domain.limit_plan import (
    Skip,
    active_caps,
    plan_change,
    restore_move,
    skipped_change,
)
from service.domain.limit_rules import resolve_effect
from service.domain.state import Drift
from service.domain.wanted import last_caps
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    Fields,
    alert,
    book,
    change,
    ground,
    limit,
    memory,
    organization,
    override,
    policy_set,
    raising,
    report_of,
    setting,
    snapshot,
    state,
)
from tests.builders import capping as cap
from tests.unit.domain.wishes import verdict, wanted

CAP, SET, RAISE = ChangeKind.CAP, ChangeKind.SET, ChangeKind.RAISE
RESTORE, REVERT = ChangeKind.RESTORE, ChangeKind.REVERT


def move(kind: ChangeKind, to: int, exact: str, *, is_lowering: bool) -> Move:
    return Move(
        kind=kind, target=Decimal(to), exact=Decimal(exact), is_lowering=is_lowering
    )


@pytest.mark.parametrize(
    ("then", "of", "expected"),
    [
        pytest.param(
            raising("0.01%"), 3000, move(RAISE, 3001, "3000.5", is_lowering=False)
        ),
        pytest.param(
            cap("33.33%"), 3000, move(CAP, 1666, "1666.5", is_lowering=True), id="cap"
        ),
        pytest.param(
            setting("5000.5"), 4000, move(SET, 5001, "5000.5", is_lowering=False)
        ),
        pytest.param(
            setting("5000.5"), 6000, move(SET, 5000, "5000.5", is_lowering=True)
        ),
        pytest.param(
            setting("5000.5"), None, move(SET, 5000, "5000.5", is_lowering=True)
        ),
    ],
)
def test_an_effect_becomes_a_whole_move(
    then: Fields, of: int | None, expected: Move
) -> None:
    assert resolve_effect(wanted(then), ground(snapshot(of=of)), ()) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        pytest.param(cap(0), 0, id="nothing may be spent"),
        pytest.param(cap(0, below_spend=True), 0, id="whatever was spent"),
        pytest.param(cap("spend + 100"), 100, id="a margin above nothing"),
    ],
)
def test_where_nothing_was_spent_a_cap_is_what_it_says(
    then: Fields, expected: int
) -> None:
    unspent = ground(snapshot(0))

    assert verdict(wanted(then), unspent) == expected
    assert tuple(active_caps([wanted(then)], unspent)) == (Decimal(expected),)


def test_a_cap_above_the_spend_by_a_margin_bounds_raises_there() -> None:
    (held,) = active_caps([wanted(cap("spend + 5%"))], ground())

    assert held == 1250


def test_a_cap_at_the_larger_of_two_figures_is_not_below_the_spend() -> None:
    mismatched = ground(snapshot(1000, usage=report_of(2000)))

    assert verdict(wanted(cap(2000, below_spend=True)), mismatched) == 2000


def test_a_cap_that_asks_for_the_limit_there_is_moves_nothing() -> None:
    above_the_rail = ground(snapshot(of=10_000), {"max_limit": 8000})

    assert verdict(wanted(cap(10_000)), above_the_rail) == "no_change"


@pytest.mark.parametrize(
    ("then", "before", "expected"),
    [
        pytest.param(cap(4000), CAP, "cooldown", id="a cap after a cap"),
        pytest.param(cap(4000), SET, 4000, id="a cap after a set"),
        pytest.param(setting(4000), CAP, "cooldown", id="a set after a cap"),
        pytest.param(setting(4000), SET, "cooldown", id="a set after a set"),
        pytest.param(setting(4000), RAISE, 4000, id="a set after a raise"),
    ],
)
def test_what_lowered_at_this_very_moment_holds_back_what_lowers_again(
    then: Fields, before: ChangeKind, expected: int | str
) -> None:
    just_now = change(before, settled_at=NOON)

    assert verdict(wanted(then), ground(changes=(just_now,))) == expected


def test_no_sum_bounds_raises_where_nobody_knows_how_the_period_began() -> None:
    unknown = ground(
        None, {"max_raise_per_period": 1}, state=state(limit_at_start=None)
    )

    assert verdict(wanted(raising(500)), unknown) == 10_500


@pytest.mark.parametrize(
    ("chosen", "until", "expected"),
    [
        pytest.param(9000, NOON + DAY, 9000, id="to what a person chose"),
        pytest.param(9000, NOON, 5000, id="further once that is over"),
        pytest.param(8000, NOON + DAY, "overridden", id="not where another was chosen"),
    ],
)
def test_a_cap_of_a_limit_raised_outside_goes(
    chosen: int, until: datetime, expected: int | str
) -> None:
    drift = Drift(before=limit(9000), observed=limit(10_000), since=NOON, seen_at=NOON)
    known = state(override=replace(override(of=chosen), until=until), drift=drift)

    assert verdict(wanted(cap(5000)), ground(state=known)) == expected


def restoring(spend: int, of: int, **rails: Fields) -> Ground:
    """Give a new month of which nobody knows what a day needs."""
    return ground(snapshot(spend, of), rails, state=state(wants_baseline=True))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(
            restoring(1000, 4000, baseline_limit="5000.5"),
            move(RESTORE, 5001, "5000.5", is_lowering=False),
            id="up",
        ),
        pytest.param(
            restoring(1000, 7000, baseline_limit="5000.5"),
            move(RESTORE, 5001, "5000.5", is_lowering=True),
            id="down",
        ),
        pytest.param(
            restoring(0, 7000, baseline_limit=0),
            move(RESTORE, 0, "0", is_lowering=True),
            id="to nothing, where nothing is spent",
        ),
        pytest.param(
            restoring(7000, 7000, baseline_limit=5000, max_limit=6000),
            SkipReason.NO_CHANGE,
            id="not below the spend, which has reached the limit",
        ),
    ],
)
def test_the_baselines_return_is_a_whole_move(
    on: Ground, expected: Move | SkipReason
) -> None:
    assert restore_move(on, (), ()) == expected


def test_the_baseline_comes_down_to_min_limit_where_a_cap_holds_below_it() -> None:
    on = restoring(1000, 7000, baseline_limit=5000, min_limit=4500)

    assert restore_move(on, [Decimal(4000)], ()) == move(
        RESTORE, 4500, "5000", is_lowering=True
    )


DRIFTED = Drift(
    before=limit(9000), observed=limit(10_000), since=NOON - HOUR, seen_at=NOON - HOUR
)
STOP = wanted(cap(4000))


def recorded(origin: str, kind: ChangeKind, to: int | None) -> LimitChange:
    """Give a change as it is first recorded, planned at noon by check `ck_1`."""
    return LimitChange(
        id=change_id("acme", origin, "ck_1"),
        organization="acme",
        kind=kind,
        state=ChangeState.PLANNED,
        before=limit(10_000),
        after=None if to is None else limit(to),
        exact=None if to is None else Decimal(to),
        planned_at=NOON,
        requested_by=SCHEDULER,
        period="2026-08",
    )


BY_STOP: Fields = {
    "policy_id": "acme-monthly",
    "threshold_id": "stop",
    "alert_id": STOP.alert.id,
}


@pytest.mark.parametrize(
    ("wishes", "on", "expected"),
    [
        pytest.param(
            [STOP],
            ground(),
            replace(recorded(STOP.alert.id, CAP, 4000), **BY_STOP),
            id="of a threshold",
        ),
        pytest.param(
            [wanted(raising(500, expires="24h"))],
            ground(),
            replace(
                recorded(STOP.alert.id, RAISE, 10_500),
                **BY_STOP,
                expires_at=NOON + DAY,
            ),
            id="of a threshold, for a day",
        ),
        pytest.param(
            [],
            ground(None, {"baseline_limit": 5000}, state=state(wants_baseline=True)),
            recorded("baseline:2026-08", RESTORE, 5000),
            id="of the baseline",
        ),
        pytest.param(
            [],
            replace(
                ground(state=state(drift=DRIFTED)),
                organization=organization(on_drift="revert"),
            ),
            recorded("drift", REVERT, 9000),
            id="of a drift",
        ),
    ],
)
def test_a_planned_change_is_recorded_whole(
    wishes: list[Wanted], on: Ground, expected: LimitChange
) -> None:
    assert plan_change(wishes, on).change == expected


@pytest.mark.parametrize(
    ("skip", "expected"),
    [
        pytest.param(
            Skip(wanted=STOP, reason=SkipReason.PAUSED),
            replace(recorded(f"{STOP.alert.id}:paused", CAP, None), **BY_STOP),
            id="of a threshold",
        ),
        pytest.param(
            Skip(wanted=None, reason=SkipReason.PAUSED),
            recorded("baseline:paused", RESTORE, None),
            id="of the baseline",
        ),
        pytest.param(
            Skip(
                wanted=None,
                reason=SkipReason.PAUSED,
                move=move(REVERT, 9000, "9000", is_lowering=True),
                unasked=REVERT,
            ),
            recorded("drift:paused", REVERT, 9000),
            id="of a drift",
        ),
    ],
)
def test_a_skipped_change_is_recorded_whole(skip: Skip, expected: LimitChange) -> None:
    assert skipped_change(skip, ground()) == replace(
        expected, state=ChangeState.SKIPPED, settled_at=NOON, reason="paused"
    )


def test_an_identity_says_what_it_is_of_and_whose() -> None:
    ours = change_id("acme", "al_1", "ck_1")

    assert ours.startswith("lc_")
    assert ours != change_id("beta", "al_1", "ck_1")


def case_of(made: LimitChange, *alerts: Alert) -> Case:
    of = organization()
    return Case(
        policies=policy_set(),
        organization=of,
        memory=memory(state(), *alerts, changes=(made,)),
        book=book(of=of),
        check_id="ck_1",
        now=NOON,
    )


@pytest.mark.parametrize(
    ("made", "is_found"),
    [
        pytest.param(change(CAP, period="2026-07"), True, id="a cap"),
        pytest.param(change(RAISE, period="2026-07"), False, id="no raise"),
        pytest.param(
            change(CAP, ChangeState.FAILED, period="2026-07"), False, id="no failure"
        ),
        pytest.param(change(CAP, period="2026-08"), False, id="no cap of this month"),
    ],
)
def test_the_caps_of_earlier_months_are_those_that_came_into_force(
    made: LimitChange, *, is_found: bool
) -> None:
    capped = alert("stop", period=made.period)
    made = replace(made, policy_id="acme-monthly", threshold_id="stop")

    found = last_caps(case_of(made, capped, alert("other", period=made.period)))

    assert found == ((capped,) if is_found else ())
