"""A console user moves the limit: who it was is told, and what follows is as asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.errors import Conflict
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.usage import SpendLimit
from service.pipeline.drift import adopt_drift, revert_drift
from service.pipeline.limits import LimitRequest, set_limit
from service.simulator import scenarios
from service.simulator.configuration import SimulatorConfig
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import World
from tests.builders import limit

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDDLE = timedelta(days=15, hours=12)
ADA = "ada@acme.example"
LIMIT = 4000
RAISE = "{id: first, spend: 1, then: {raise_limit: {by: 500}}}"
CAP = "{id: stop, spend: 1, then: {cap_limit: {to: 3500}, approval: none}}"
QUIET = "{id: half, spend: 50%}"
POLICIES = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {{amount: 9000, currency: EUR}}
    mode: enforce
    thresholds: [{threshold}]
"""


def provider() -> SimulatorConfig:
    """Give a healthy provider in coarse steps; about 1500 are spent by the middle."""
    config = scenarios.healthy(scenarios.Frame(history_months=0))
    return replace(config, step=2 * HOUR)


def world_with(
    make_world: MakeWorld,
    on_drift: str,
    threshold: str = QUIET,
    guardrails: str = "{cooldown: 0s}",
) -> World:
    """Start in the middle of a month, and check once with the limit at 4000."""
    world = make_world(provider())
    world.simulator.advance(MIDDLE)
    write(world, on_drift, QUIET, guardrails)
    world.start()
    world.step()
    if threshold != QUIET:
        write(world, on_drift, threshold, guardrails)
        world.application.load_policies()
    return world


def write(world: World, on_drift: str, threshold: str, guardrails: str) -> None:
    world.write(
        POLICIES.format(threshold=threshold),
        organization=f"on_drift: {on_drift}",
        guardrails=guardrails,
    )


def move(
    world: World, amount: int, *, email: str = ADA, after: timedelta = MINUTE
) -> None:
    """Let a person in the console move the limit, a moment after the last check."""
    world.simulator.advance(after)
    world.simulator.console_sets_limit("acme", amount, email=email)


def in_force(world: World) -> int:
    return world.simulator.standing("acme").limit.amount


def messages(world: World) -> list[str]:
    """Give the messages about the limit that was changed outside."""
    return [text for text in world.sink.texts("slack") if "changed outside" in text]


def drift_alert_state(world: World) -> AlertState:
    found = [e for e in world.alerts() if e.kind is AlertKind.LIMIT_CHANGED_OUTSIDE]
    return found[-1].state


def reverts(world: World) -> list[ChangeState]:
    return [e.state for e in world.changes() if e.kind is ChangeKind.REVERT]


def actions(world: World) -> list[AuditAction]:
    return [each.fact.action for each in world.audit()]


def test_ask_names_who_it_was_and_holds_raises_until_a_person_adopts(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask", RAISE)
    move(world, 6000)

    world.step()

    (told,) = messages(world)
    assert "from 4000.00 EUR to 6000.00 EUR by ada@acme.example at 20" in told
    assert "spendguard limit adopt --organization acme" in told
    assert "spendguard limit revert --organization acme" in told
    assert drift_alert_state(world) is AlertState.FIRING
    assert [each.reason for each in world.changes()] == ["drift"]
    assert world.simulator.count(Route.AUDIT_LOGS) == 1

    kept = adopt_drift(
        world.application.services, actor="user:grace", organization="acme"
    )
    world.step()

    assert kept.drift.who == ADA
    assert drift_alert_state(world) is AlertState.RESOLVED
    assert "adopted by user:grace" in messages(world)[-1]
    assert in_force(world) == 6000
    assert world.changes()[-1].reason == "overridden"
    adopted = [
        each.fact.actor
        for each in world.audit()
        if each.fact.action is AuditAction.LIMIT_REFERENCE_ADOPTED
    ]
    assert adopted == ["user:grace"]
    assert world.simulator.count(Route.AUDIT_LOGS) == 1


def test_ask_reminds_once_a_day_until_a_person_puts_it_back(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask")
    move(world, 6000)
    for _ in range(9):
        world.step(6 * HOUR)

    assert len(messages(world)) == 3  # the news and two reminders
    change = revert_drift(
        world.application.services, actor="user:grace", organization="acme"
    )
    world.step()

    assert (change.state, change.requested_by) == (ChangeState.APPLIED, "user:grace")
    assert in_force(world) == LIMIT
    assert drift_alert_state(world) is AlertState.RESOLVED
    assert "put back from 6000.00 EUR to 4000.00 EUR" in messages(world)[-1]
    assert AuditAction.DRIFT_REVERTED in actions(world)
    with pytest.raises(Conflict):
        revert_drift(
            world.application.services, actor="user:grace", organization="acme"
        )


def test_caps_go_on_while_a_person_is_asked(make_world: MakeWorld) -> None:
    world = world_with(make_world, "ask", CAP)
    move(world, 6000)

    world.step()

    assert in_force(world) == 3500
    (told,) = messages(world)
    assert "RESOLVED the spend limit was changed outside" in told
    assert drift_alert_state(world) is AlertState.RESOLVED


def test_a_limit_that_comes_back_by_itself_ends_the_question(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask")
    move(world, 6000)
    world.step()
    move(world, 7000, email="eve@acme.example")
    world.step()
    move(world, LIMIT)
    world.step()

    seen, moved, back = messages(world)
    assert ADA in seen
    assert "from 6000.00 EUR to 7000.00 EUR by eve@acme.example" in moved
    assert "is back at 4000.00 EUR" in back
    assert drift_alert_state(world) is AlertState.RESOLVED
    assert actions(world).count(AuditAction.DRIFT_SEEN) == 2


def test_adopt_takes_it_at_once_and_names_who_it_was(make_world: MakeWorld) -> None:
    world = world_with(make_world, "adopt", RAISE)
    move(world, 6000)

    world.step()

    (told,) = messages(world)
    assert ADA in told
    assert "a person's choice" in told
    assert in_force(world) == 6000
    assert world.changes()[-1].reason == "overridden"
    assert drift_alert_state(world) is AlertState.RESOLVED


def test_revert_puts_it_back_once_a_day_and_then_asks(make_world: MakeWorld) -> None:
    world = world_with(make_world, "revert")
    move(world, 6000)
    world.step()

    assert in_force(world) == LIMIT
    assert reverts(world) == [ChangeState.APPLIED]
    assert ADA in messages(world)[0]
    assert drift_alert_state(world) is AlertState.RESOLVED

    move(world, 6000)
    world.step()
    world.step()
    assert in_force(world) == 6000
    assert "until a person decides" in messages(world)[-1]
    assert drift_alert_state(world) is AlertState.FIRING

    world.step(DAY)
    assert in_force(world) == LIMIT
    assert reverts(world) == [ChangeState.APPLIED] * 2


def test_revert_waits_while_changes_are_paused(make_world: MakeWorld) -> None:
    world = world_with(make_world, "revert")
    with world.application.services.transaction() as work:
        work.set_paused(paused=True)
    move(world, 6000)
    world.step()
    world.step()

    assert in_force(world) == 6000
    assert [each.reason for each in world.changes()] == ["paused"]

    with world.application.services.transaction() as work:
        work.set_paused(paused=False)
    world.step()
    assert in_force(world) == LIMIT


def test_revert_ends_above_what_is_spent(make_world: MakeWorld) -> None:
    world = world_with(make_world, "revert")
    move(world, 1600)
    world.step()
    assert in_force(world) == LIMIT

    world.step(DAY)
    spent = world.simulator.spend("acme")
    set_limit(
        world.application.services,
        LimitRequest(
            organization="acme",
            wanted=limit(int(spent) + 1),
            note="enough",
            actor="user:grace",
        ),
    )
    move(world, 6000)
    check = world.step(DAY)

    assert check.spend.amount is not None
    assert spent + 1 < check.spend.amount <= in_force(world) < check.spend.amount + 1
    with pytest.raises(Conflict):
        adopt_drift(world.application.services, actor="user:x", organization="acme")


def test_a_person_cannot_put_back_a_limit_that_is_below_the_spend(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask")
    set_limit(
        world.application.services,
        LimitRequest(
            organization="acme", wanted=limit(1600), note="low", actor="user:grace"
        ),
    )
    move(world, 6000)
    world.step(3 * DAY)

    with pytest.raises(Conflict, match="below the spend"):
        revert_drift(
            world.application.services, actor="user:grace", organization="acme"
        )
    assert in_force(world) == 6000


@pytest.mark.parametrize("on_drift", ["ask", "revert"])
def test_no_limit_at_all_is_never_put_back(
    make_world: MakeWorld, on_drift: str
) -> None:
    world = world_with(make_world, on_drift)
    set_limit(
        world.application.services,
        LimitRequest(
            organization="acme",
            wanted=SpendLimit(None),
            note="launch",
            actor="user:grace",
        ),
    )
    move(world, 5000)
    world.step()
    world.step()

    assert in_force(world) == 5000
    assert reverts(world) == []
    with pytest.raises(Conflict, match="no limit"):
        revert_drift(
            world.application.services, actor="user:grace", organization="acme"
        )


def test_a_log_that_cannot_be_read_delays_nothing_and_is_asked_again(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask")
    fault = Fault(kind=FaultKind.STATUS, route=Route.AUDIT_LOGS, status=403, count=None)
    world.simulator.faults.add(fault)
    move(world, 6000)
    world.step(5 * MINUTE)

    (told,) = messages(world)
    assert "the audit log is unreadable" in told
    world.simulator.faults.clear()
    world.step(5 * MINUTE)
    world.step(5 * MINUTE)

    assert len(messages(world)) == 2
    assert ADA in messages(world)[-1]
    assert actions(world).count(AuditAction.DRIFT_NAMED) == 1


def test_who_overtook_a_change_of_ours_is_named(make_world: MakeWorld) -> None:
    world = world_with(make_world, "ask", RAISE)
    world.simulator.faults.add(
        Fault(kind=FaultKind.OVERTAKEN, amount=4200, email="eve@acme.example")
    )
    world.step()

    assert "by eve@acme.example" in messages(world)[-1]
    assert drift_alert_state(world) is AlertState.FIRING


def test_who_moved_it_just_before_a_person_set_it_here_is_named(
    make_world: MakeWorld,
) -> None:
    world = world_with(make_world, "ask")
    move(world, 6000)
    set_limit(
        world.application.services,
        LimitRequest(
            organization="acme", wanted=limit(5000), note="so", actor="user:grace"
        ),
    )
    world.step()

    assert ADA in messages(world)[0]
    assert in_force(world) == 5000
    assert drift_alert_state(world) is AlertState.RESOLVED
