"""F14: automatic raises ran away: one after the other, on figures that were wrong."""

from dataclasses import replace

import pytest

from service.domain.limit_change import ChangeState
from service.pipeline.respond import resume
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import DAY, HOUR, MINUTE, MakeWorld, Stage, policies

# Without any bound of its own: only the guardrails can stop it.
GREEDY = "{id: greedy, limit: 50%, then: {raise_limit: {by: 500}}}"


def burning(make_world: MakeWorld, guardrails: str, **settings: str) -> Stage:
    """Give acme with a key that burns 50 an hour from its first day on."""
    frame = scenarios.Frame(history_months=0, limit=1000)
    begins = frame.start + 2 * HOUR
    config = replace(scenarios.runaway(frame, begins_at=begins), step=HOUR)
    stage = Stage(make_world(config, **settings))
    stage.world.write(policies(GREEDY), guardrails=guardrails)
    stage.world.start()
    return stage


@pytest.mark.parametrize(
    ("guardrails", "highest"),
    [
        pytest.param("{cooldown: 0s, max_limit: 2200}", 2200, id="a ceiling"),
        pytest.param(
            "{cooldown: 0s, max_raise_per_period: 700}", 1700, id="a sum per month"
        ),
        pytest.param(
            "{cooldown: 0s, max_changes_per_day: 1}", 2000, id="a count per day"
        ),
        pytest.param("{cooldown: 60h}", 1500, id="a time to cool down"),
        pytest.param("{max_changes_per_day: 0}", 1000, id="none at all"),
    ],
)
def test_a_runaway_is_stopped_by(
    make_world: MakeWorld, guardrails: str, highest: int
) -> None:
    stage = burning(make_world, guardrails)

    stage.steps(58)

    assert stage.in_force() == highest


def test_a_ceiling_outside_of_the_policies_holds_against_them(
    make_world: MakeWorld,
) -> None:
    stage = burning(
        make_world,
        "{cooldown: 0s, max_limit: 9000, max_changes_per_day: 99}",
        SPENDGUARD_MAX_LIMIT="1800",
    )

    stage.steps(60)

    assert stage.in_force() == 1800


def test_the_hour_of_a_restart_gives_no_new_count(make_world: MakeWorld) -> None:
    stage = burning(make_world, "{cooldown: 0s, max_changes_per_day: 1}")
    for _ in range(20):
        stage.step()
        stage.world.restart()

    assert stage.posts() == 1


@pytest.mark.parametrize(
    ("kind", "route"),
    [
        (FaultKind.STATUS, Route.USAGE),
        (FaultKind.STATUS, Route.SPEND_LIMIT),
        (FaultKind.PRICES_REMOVED, Route.USAGE),
        (FaultKind.RESTATED, Route.USAGE),
        (FaultKind.WRONG_PERIOD, Route.USAGE),
        (FaultKind.EMPTY_USAGE, Route.SPEND_LIMIT),
    ],
)
def test_no_raise_rests_on_figures_in_doubt(
    stage: Stage, kind: FaultKind, route: Route
) -> None:
    stage.open("{id: some, spend: 1, then: {raise_limit: {by: 500}}}")
    stage.fails(kind, route)

    stage.steps(6)

    assert stage.posts() == 0


def test_after_three_failures_nothing_is_tried_until_a_person_says_so(
    stage: Stage,
) -> None:
    world = stage.open("{id: some, spend: 1, then: {raise_limit: {by: 500}}}")
    stage.fails(FaultKind.IGNORED)

    stage.steps(12)

    assert stage.posts() == 3
    assert "limit_change_failed" in stage.firing()
    assert stage.told()["limit_change_failed"] == 1
    assert world.changes()[-1].reason == "circuit_open"
    world.restart()
    stage.step(DAY)
    assert stage.posts() == 3

    stage.heals()
    resume(world.application.services, actor="user:ada")
    stage.step(MINUTE)
    assert world.changes()[-1].state is ChangeState.APPLIED
