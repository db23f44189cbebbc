from dataclasses import replace

import pytest

from service.domain.alert import AlertState
from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.limit_change import ChangeState, SkipReason
from service.domain.limit_plan import Plan, Skip
from service.domain.thresholds import Moved
from service.domain.wanted import new_skips, wanted_of, with_effects_done, with_skips
from tests.builders import Fields, alert, change, raising, setting, state, threshold
from tests.builders import capping as cap
from tests.unit.domain.wishes import wanted


def moved(then: Fields, **changes: Fields) -> Moved:
    wish = wanted(then, alert("stop", **changes))
    return Moved(
        step=Step(alert=wish.alert, outcome=Outcome.FIRING),
        channels=(),
        policy=wish.policy,
        threshold=wish.threshold,
    )


@pytest.mark.parametrize(
    ("each", "is_wanted"),
    [
        pytest.param(moved(raising()), True, id="a raise"),
        pytest.param(moved(raising(), effect_done=True), False, id="a raise made"),
        pytest.param(moved(cap(), effect_done=True), True, id="a cap made once"),
        pytest.param(moved(setting(1), effect_done=True), True, id="a set made once"),
        pytest.param(moved(cap(), state=AlertState.RESOLVED), False, id="resolved"),
        pytest.param(moved(cap(), state=AlertState.PENDING), False, id="pending"),
        pytest.param(
            replace(moved(cap()), threshold=threshold()),
            False,
            id="it only tells",
        ),
        pytest.param(replace(moved(cap()), policy=None), False, id="a policy gone"),
        pytest.param(replace(moved(cap()), threshold=None), False, id="health"),
        pytest.param(
            replace(moved(cap()), step=Step(alert=None, outcome=Outcome.BELOW)),
            False,
            id="no alert",
        ),
    ],
)
def test_a_firing_threshold_wants_its_effect(each: Moved, *, is_wanted: bool) -> None:
    assert bool(list(wanted_of([each]))) is is_wanted


def test_what_wants_nothing_stands_in_nobodys_way() -> None:
    resolved = moved(cap(), state=AlertState.RESOLVED)
    health = replace(moved(cap()), policy=None)
    made = moved(raising(), effect_done=True)
    asks = moved(setting(1))

    assert [each.alert for each in wanted_of([health, resolved, made, asks])] == [
        asks.step.alert
    ]


def test_a_change_that_arrived_fulfils_the_firing_that_asked() -> None:
    asked = moved(raising())
    assert asked.step.alert is not None
    arrived = change(alert_id=asked.step.alert.id)
    lost = replace(arrived, state=ChangeState.FAILED)
    nobody = replace(asked, step=Step(alert=None, outcome=Outcome.BELOW))

    (done,) = with_effects_done([asked], [arrived])
    assert done.step.alert is not None
    assert done.step.alert.effect_done
    assert with_effects_done([asked], [lost]) == (asked,)
    assert with_effects_done([nobody], [arrived]) == (nobody,)


def plan(reason: SkipReason, **changes: Fields) -> Plan:
    return Plan(
        change=None,
        skips=(Skip(wanted=wanted(cap(), alert("stop", **changes)), reason=reason),),
    )


@pytest.mark.parametrize(
    ("reason", "changes", "is_new"),
    [
        pytest.param(SkipReason.PAUSED, {}, True, id="the first"),
        pytest.param(SkipReason.PAUSED, {"skips": ("paused",)}, False, id="again"),
        pytest.param(
            SkipReason.COOLDOWN, {"skips": ("paused",)}, True, id="for another reason"
        ),
        pytest.param(
            SkipReason.NO_CHANGE, {"effect_done": True}, False, id="nothing left to do"
        ),
        pytest.param(
            SkipReason.OVERRIDDEN, {"effect_done": True}, True, id="undone by a person"
        ),
    ],
)
def test_a_skip_is_recorded_once_per_firing_and_reason(
    reason: SkipReason, changes: Fields, *, is_new: bool
) -> None:
    assert bool(new_skips(plan(reason, **changes), state())) is is_new


def test_a_baselines_skip_is_recorded_once_per_reason() -> None:
    skipped = Plan(change=None, skips=(Skip(wanted=None, reason=SkipReason.PAUSED),))
    known = state(wants_baseline=True)
    (skip,) = new_skips(skipped, known)

    _, after = with_skips([], known, [skip])
    assert after.baseline_skips == ("paused",)
    assert after.wants_baseline
    assert new_skips(skipped, after) == ()


def test_a_baseline_that_already_stands_is_wanted_no_more() -> None:
    there = Skip(wanted=None, reason=SkipReason.NO_CHANGE)

    _, after = with_skips([], state(wants_baseline=True), [there])

    assert not after.wants_baseline


def test_a_firing_remembers_why_its_effect_was_skipped() -> None:
    asked, other = moved(cap()), moved(raising(), firing=2)
    (skip,) = plan(SkipReason.PAUSED, skips=("cooldown",)).skips

    (marked, same), _ = with_skips([asked, other], state(), [skip])

    assert marked.step.alert is not None
    assert marked.step.alert.skips == ("cooldown", "paused")
    assert same == other
