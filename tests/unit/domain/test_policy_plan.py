"""What a changed set would do now that the one in force would not."""

from dataclasses import replace

import pytest

from service.domain.alert import AlertState
from service.domain.decision import Memory
from service.domain.limit_change import ChangeKind
from service.domain.policy import Policy
from service.domain.policy_plan import (
    AlertMove,
    LimitMove,
    OrganizationPlan,
    PlannedLimit,
    PolicyPlan,
    compare,
    forgetting_skips,
)
from service.domain.usage import UsageSnapshot
from tests.builders import (
    HOUR,
    NOON,
    alert,
    asking,
    capping,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    raising,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.watching import Watching

HALF = policy(threshold())
LATER = policy(threshold(spend="90%"))
HELD = policy(threshold(for_="6h"))
ASKS = policy(threshold(then=asking(capping("100%"))))
SPENT = snapshot(3000)


def planned(
    before: Policy,
    after: Policy,
    known: Memory | None = None,
    seen: UsageSnapshot = SPENT,
) -> OrganizationPlan:
    remembered = forgetting_skips(known or memory())
    old, new = (
        Watching(policy_set(each), organization(guardrails={"max_limit": 20_000}))
        for each in (before, after)
    )
    for each in (old, new):
        each.memory, each.now = remembered, NOON
    return compare(old.see(seen), new.see(seen), remembered)


def asked() -> Memory:
    """Give a memory in which a person was asked, and has not answered yet."""
    watched = Watching(policy_set(ASKS))
    watched.check(3000)
    return watched.memory


@pytest.mark.parametrize(
    "known",
    [
        memory(),
        memory(state(), alert()),
        memory(state(), alert(state=AlertState.PENDING)),
        memory(state(), alert("gone")),
        memory(state(is_circuit_open=True), alert(skips=("circuit_open",))),
    ],
)
@pytest.mark.parametrize(
    "same",
    [
        HALF,
        HELD,
        policy(threshold(then=raising(100))),
        policy(threshold(then=capping("100%"))),
        ASKS,
        policy(threshold(then=raising(100)), mode="observe"),
    ],
)
def test_an_unchanged_policy_plans_nothing(known: Memory, same: Policy) -> None:
    plan = planned(same, same, known)

    assert (plan.alerts, plan.limits) == ((), ())
    assert not plan.has_effect


@pytest.mark.parametrize(
    ("before", "after", "known", "move"),
    [
        (LATER, HALF, memory(), AlertMove.FIRES),
        (LATER, HELD, memory(), AlertMove.WAITS),
        (HALF, LATER, memory(), AlertMove.SPARED),
        (HALF, HELD, memory(), AlertMove.SPARED),
        (HALF, policy(), memory(), AlertMove.SPARED),
        (HALF, LATER, memory(state(), alert()), AlertMove.RESOLVES),
        (HALF, policy(), memory(state(), alert()), AlertMove.ENDS),
        (LATER, HALF, memory(state(), alert()), AlertMove.GOES_ON),
    ],
    ids=lambda each: each.value if isinstance(each, AlertMove) else "",
)
def test_an_alert_that_moves_otherwise_is_told(
    before: Policy, after: Policy, known: Memory, move: AlertMove
) -> None:
    plan = planned(before, after, known)

    (told,) = plan.alerts
    assert (told.move, told.alert.key.threshold_id) == (move, "half")
    assert told.channels == ("finops",)
    assert told.reason
    assert plan.has_effect is (move is not AlertMove.WAITS)


def test_the_channels_are_those_of_the_set_in_which_it_moves() -> None:
    loud = policy(threshold(id="all", spend="100%"), threshold(notify=["oncall"]))

    (fires,) = planned(LATER, loud).alerts
    (spared,) = planned(loud, LATER).alerts

    assert fires.channels == spared.channels == ("oncall",)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(policy(), id="the threshold is gone"),
        pytest.param(policy(id="other"), id="the policy is gone"),
        pytest.param(
            policy(threshold(notify=["oncall"]), scope={"models": ["other"]}),
            id="it watches something else",
        ),
    ],
)
def test_that_nothing_watches_any_more_is_told_on_the_default_channels(
    after: Policy,
) -> None:
    loud = policy(threshold(notify=["oncall"]))

    (ends,) = planned(loud, after, memory(state(), alert())).alerts

    assert (ends.move, ends.channels) == (AlertMove.ENDS, ("finops",))


def test_a_limit_change_is_told_with_old_and_new() -> None:
    plan = planned(HALF, policy(threshold(then=raising(500))))

    (made,) = plan.limits
    assert (made.move, made.kind) == (LimitMove.MADE, ChangeKind.RAISE)
    assert (made.before, made.after) == (limit(10_000), limit(10_500))
    assert (made.policy_id, made.threshold_id) == ("acme-monthly", "half")
    assert plan.has_effect


def test_another_limit_change_stands_beside_the_one_it_replaces() -> None:
    plan = planned(
        policy(threshold(then=raising(500))), policy(threshold(then=raising(700)))
    )

    made, dropped = plan.limits
    assert (made.move, made.after) == (LimitMove.MADE, limit(10_700))
    assert (dropped.move, dropped.after) == (LimitMove.DROPPED, limit(10_500))


def test_a_person_would_be_asked() -> None:
    (change,) = planned(HALF, ASKS).limits

    assert (change.move, change.kind) == (LimitMove.ASKED, ChangeKind.CAP)
    assert change.after == limit(5000)


def test_a_request_that_waits_would_be_withdrawn() -> None:
    plan = planned(ASKS, HALF, asked())

    assert plan.limits == (
        PlannedLimit(
            move=LimitMove.WITHDRAWN,
            kind=ChangeKind.CAP,
            before=limit(10_000),
            after=limit(5000),
            policy_id="acme-monthly",
            threshold_id="half",
            reason="policy_changed",
        ),
    )


def test_a_request_that_is_withdrawn_anyway_is_no_doing_of_the_change() -> None:
    assert planned(LATER, HALF, asked()).limits == ()


def test_what_would_be_skipped_is_told_with_the_reason_and_has_no_effect() -> None:
    plan = planned(
        HALF,
        policy(threshold(then=raising(500)), mode="observe"),
        memory(state(), alert(skips=("observe_mode",))),
    )

    (skipped,) = plan.limits
    assert (skipped.move, skipped.reason) == (LimitMove.SKIPPED, "observe_mode")
    assert skipped.after == limit(10_500)
    assert not plan.has_effect


def test_skips_of_the_baseline_are_told_again() -> None:
    known = memory(state(baseline_skips=("paused",)), alert(skips=("paused",)))

    forgotten = forgetting_skips(known)

    assert forgotten.state.baseline_skips == ()
    assert [each.skips for each in forgotten.alerts.values()] == [()]


def test_a_plan_says_on_what_figures_it_rests() -> None:
    plan = planned(HALF, HALF)

    assert (plan.organization, plan.currency, plan.at) == ("acme", "EUR", NOON)
    assert plan.spend is not None
    assert plan.spend.amount == 3000
    assert plan.limit == limit(10_000)


def test_a_plan_has_an_effect_where_one_organization_has() -> None:
    quiet = planned(HALF, HALF)
    moved = planned(LATER, HALF)
    plan = PolicyPlan(before="a", after="b", changes=(), organizations=(quiet,))

    assert not plan.has_effect
    assert replace(plan, organizations=(quiet, moved)).has_effect


def test_a_month_old_firing_says_nothing() -> None:
    old = alert(period="2026-07", fired_at=NOON - 900 * HOUR)

    assert planned(HALF, HALF, memory(state(), old)).alerts == ()
