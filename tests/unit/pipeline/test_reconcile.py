"""What was open, or changed outside, is settled before a person's limit hides it."""

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from tests.builders import (
    HOUR,
    MINUTE,
    limit,
    policy,
    raising,
    threshold,
)
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.test_limits import ALICE, BEFORE, NO_ANSWER, WANTED, ask


def health(world: World, kind: AlertKind) -> list[Alert]:
    return [e for e in world.tables.alerts_by_id.values() if e.kind is kind]


def test_a_limit_first_seen_by_a_person_is_on_record() -> None:
    world = World()

    ask(world)

    (fact,) = world.facts(AuditAction.LIMIT_REFERENCE_SEEN)
    assert fact.detail == {
        "from": None,
        "to": {"amount": "10000", "currency": "EUR", "unlimited": False},
    }
    assert health(world, AlertKind.LIMIT_CHANGED_OUTSIDE) == []


def test_a_change_outside_is_told_although_a_person_sets_the_limit_next() -> None:
    world = World()
    world.check()
    world.api.set_outside(limit(9_000))

    ask(world)
    world.check(after=5 * MINUTE)

    (alert,) = health(world, AlertKind.LIMIT_CHANGED_OUTSIDE)
    assert alert.state is AlertState.RESOLVED
    assert "the limit was changed from 9000.00 EUR to" in alert.reason
    assert len(world.queued(EventKind.FIRED)) == 1
    assert len(world.facts(AuditAction.DRIFT_SEEN)) == 1
    assert len(world.facts(AuditAction.DRIFT_ENDED)) == 1
    assert len(world.facts(AuditAction.ALERT_FIRED)) == 1
    override = world.tables.states["acme"].override
    assert override is not None
    assert override.by == ALICE


def world_with_a_raise_in_doubt(arrived: int) -> World:
    """Give acme whose raise by 500 ended unknown; this is where the limit stands."""
    world = World(policies=in_force(policy(threshold(then=raising(500)))))
    world.spend(2600)
    world.api.then("spend_limit", None, None, *([NO_ANSWER] * 40))
    world.check()
    world.api.script.clear()
    world.api.set_outside(limit(arrived))
    world.clock.advance(MINUTE)
    return world


def test_a_raise_in_doubt_is_settled_before_a_person_sets_the_limit() -> None:
    world = world_with_a_raise_in_doubt(10_500)

    ask(world, expires_at=world.clock.now() + HOUR)

    raised, manual = world.changes
    assert (raised.state, raised.observed) == (ChangeState.APPLIED, limit(10_500))
    assert manual.before == limit(10_500)
    (alert,) = health(world, AlertKind.LIMIT_CHANGE_UNKNOWN)
    assert alert.state is AlertState.RESOLVED
    applied = world.facts(AuditAction.LIMIT_CHANGE_APPLIED)
    assert [fact.actor for fact in applied] == ["system:scheduler", ALICE]
    assert health(world, AlertKind.LIMIT_CHANGED_OUTSIDE) == []

    # It was made for this firing: once the person's time is over it is not made again.
    world.check(after=2 * HOUR)
    assert len(world.api.posts) == 2


def test_a_raise_that_did_not_arrive_counts_as_failed() -> None:
    world = world_with_a_raise_in_doubt(BEFORE)

    ask(world)

    raised, _ = world.changes
    assert (raised.state, raised.reason) == (ChangeState.FAILED, "not_in_force")
    assert len(world.facts(AuditAction.LIMIT_CHANGE_FAILED)) == 1
    assert len(world.queued(EventKind.LIMIT_CHANGE_ENDED)) == 2


def test_a_raise_that_was_overtaken_is_told_as_a_change_outside_once() -> None:
    world = world_with_a_raise_in_doubt(9_000)

    ask(world)

    raised, _ = world.changes
    assert (raised.state, raised.reason) == (ChangeState.FAILED, "overtaken")
    assert len(health(world, AlertKind.LIMIT_CHANGED_OUTSIDE)) == 1
    assert world.tables.states["acme"].reference == limit(WANTED)
