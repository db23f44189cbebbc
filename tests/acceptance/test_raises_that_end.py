"""A raise with an end, on each kind of database: what the provider has at last."""

from datetime import timedelta

from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeKind, ChangeState
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import pause, resume
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import World
from tests.builders import limit

LENT = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    mode: enforce
    thresholds:
      - id: first
        spend: 1
        then: {raise_limit: {by: 500, expires: 3h}}
      - id: second
        spend: 2
        then: {raise_limit: {by: 300, expires: 90m}}
"""
BEFORE, ONE, BOTH = 4000, 4500, 4800


def lent(make_world: MakeWorld) -> World:
    """Give a world in which both raises were made within the last hours."""
    world = make_world(scenarios.healthy())
    world.write(LENT)
    world.start()
    for _ in range(48):
        world.step()
        if in_force(world) == BOTH:
            return world
    raise AssertionError("the raises were not made")


def in_force(world: World) -> int:
    return world.simulator.standing("acme").limit.amount


def ends(world: World) -> list[tuple[ChangeState, str]]:
    found = [each for each in world.changes() if each.kind is ChangeKind.EXPIRY]
    return [(each.state, each.reason) for each in found]


def test_each_of_two_raises_takes_back_its_own_step(make_world: MakeWorld) -> None:
    world = lent(make_world)
    assert [state for state, _ in ends(world)] == [ChangeState.PLANNED] * 2

    seen = []
    for _ in range(6):
        world.step(timedelta(minutes=30))
        seen.append(in_force(world))

    assert sorted(seen, reverse=True) == seen
    assert seen[-1] == BEFORE
    assert len(set(seen)) > 2
    assert [state for state, _ in ends(world)] == [ChangeState.APPLIED] * 2
    end = world.changes()[-1]
    actions = [
        each.fact.action
        for each in world.audit()
        if each.fact.target == f"limit_change:{end.id}"
    ]
    assert actions.count(AuditAction.LIMIT_CHANGE_APPLIED) == 1


def test_an_end_due_while_the_process_was_dead_is_made_at_the_next_start(
    make_world: MakeWorld,
) -> None:
    world = lent(make_world)
    world.application.close()
    world.simulator.advance(timedelta(days=1))
    world.start()

    world.step()

    assert in_force(world) == BEFORE
    assert sorted(ends(world)) == [
        (ChangeState.APPLIED, ""),
        (ChangeState.SKIPPED, "superseded"),
    ]


def test_a_limit_a_person_set_meanwhile_is_not_touched(make_world: MakeWorld) -> None:
    world = lent(make_world)
    wanted = LimitRequest(
        organization="acme", wanted=limit(6000), note="launch", actor="user:ada"
    )
    set_limit(world.application.services, wanted)

    for _ in range(5):
        world.step()

    assert in_force(world) == 6000
    assert ends(world) == [(ChangeState.SKIPPED, "overridden")] * 2


def test_an_end_waits_while_changes_are_paused_and_is_tried_until_it_is_in_force(
    make_world: MakeWorld,
) -> None:
    world = lent(make_world)
    services = world.application.services
    pause(services, actor="user:ada")
    for _ in range(4):
        world.step()
    assert in_force(world) == BOTH
    assert ends(world) == [(ChangeState.PLANNED, "paused")] * 2

    resume(services, actor="user:ada")
    fault = Fault(
        kind=FaultKind.STATUS, route=Route.SET_SPEND_LIMIT, status=429, count=1
    )
    world.simulator.faults.add(fault)
    world.step()
    assert in_force(world) == BOTH
    world.step()

    assert in_force(world) == BEFORE


def test_a_raise_that_was_cut_off_has_its_end_planned_when_it_is_known(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    world.write(LENT)
    world.start()
    world.check()
    faults = world.simulator.faults
    faults.add(Fault(kind=FaultKind.ERROR_AFTER, status=502))
    faults.add(
        Fault(
            kind=FaultKind.STATUS,
            route=Route.SPEND_LIMIT,
            status=503,
            count=None,
            skip=2,
        )
    )
    world.step()
    assert world.changes()[0].state is ChangeState.UNKNOWN
    assert ends(world) == []

    faults.clear()
    world.restart()
    world.step()

    assert world.changes()[0].state is ChangeState.APPLIED
    assert len(ends(world)) >= 1
