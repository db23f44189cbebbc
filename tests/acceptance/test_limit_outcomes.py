"""What the log and the list of limit changes say when a POST goes wrong."""

import pytest

from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeState
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import World

RAISE = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    mode: enforce
    thresholds:
      - id: first
        spend: 1
        then: {raise_limit: {by: 500}}
"""
BEFORE, ASKED, CONSOLE = 4000, 4500, 4200


def world_with(make_world: MakeWorld, fault: Fault) -> World:
    world = make_world(scenarios.healthy())
    world.write(RAISE)
    world.start()
    world.check()
    world.simulator.faults.add(fault)
    return world


def until_change(world: World) -> None:
    for _ in range(48):
        world.step()
        if world.changes():
            return
    pytest.fail("no limit change was wanted in two days")


def actions(world: World) -> list[AuditAction]:
    """Name what the log says of the first limit change, in order."""
    target = f"limit_change:{world.changes()[0].id}"
    return [each.fact.action for each in world.audit() if each.fact.target == target]


def in_force(world: World) -> int:
    return world.simulator.standing("acme").limit.amount


def test_a_post_that_times_out_but_took_effect_is_applied(
    make_world: MakeWorld,
) -> None:
    fault = Fault(kind=FaultKind.NO_ANSWER, seconds=12)
    world = world_with(make_world, fault)

    until_change(world)

    (change,) = world.changes()
    assert change.state is ChangeState.APPLIED
    assert in_force(world) == ASKED
    assert str(change.observed) == "4500.00 EUR"
    assert actions(world) == [
        AuditAction.LIMIT_CHANGE_PLANNED,
        AuditAction.LIMIT_CHANGE_REQUESTED,
        AuditAction.LIMIT_CHANGE_APPLIED,
    ]
    assert len(world.simulator.limit_history) == 1


def test_a_post_that_says_yes_and_does_nothing_is_not_in_force(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, Fault(kind=FaultKind.IGNORED))

    until_change(world)

    change = world.changes()[0]
    assert (change.state, change.reason) == (ChangeState.FAILED, "not_in_force")
    assert str(change.observed) == "4000.00 EUR"
    assert in_force(world) == BEFORE
    assert actions(world)[-1] is AuditAction.LIMIT_CHANGE_FAILED
    assert "could not be changed" in world.sink.texts("slack")[-1]

    world.step()
    assert world.changes()[-1].state is ChangeState.APPLIED
    assert in_force(world) == ASKED


def test_a_post_overtaken_by_a_person_is_told_and_leaves_the_limit_to_them(
    make_world: MakeWorld,
) -> None:
    fault = Fault(
        kind=FaultKind.OVERTAKEN,
        amount=CONSOLE,
        email="ada@acme.example",
    )
    world = world_with(make_world, fault)

    until_change(world)

    change = world.changes()[0]
    assert (change.state, change.reason) == (ChangeState.FAILED, "overtaken")
    assert str(change.observed) == "4200.00 EUR"
    assert "limit_changed_outside" in {each.kind.value for each in world.alerts()}

    for _ in range(3):
        world.step()
    assert in_force(world) == CONSOLE
    assert "overridden" in {each.reason for each in world.changes()}


def test_a_change_cut_off_by_a_crash_is_settled_by_the_next_check(
    make_world: MakeWorld,
) -> None:
    """The intent is committed, the provider has it, and nobody recorded the end."""
    world = world_with(
        make_world,
        Fault(kind=FaultKind.NO_ANSWER, seconds=12),
    )
    # Nothing can be read from here on: the outcome stays unknown.
    world.simulator.faults.add(
        Fault(
            kind=FaultKind.STATUS,
            route=Route.SPEND_LIMIT,
            status=503,
            count=None,
            skip=2,
        )
    )
    until_change(world)
    assert world.changes()[0].state is ChangeState.UNKNOWN
    assert "limit_change_unknown" in {each.kind.value for each in world.alerts()}

    world.simulator.faults.clear()
    world.restart()
    world.step()

    assert world.changes()[0].state is ChangeState.APPLIED
    assert [each for each in world.alerts() if each.is_health and each.is_open] == []
    assert in_force(world) == ASKED
