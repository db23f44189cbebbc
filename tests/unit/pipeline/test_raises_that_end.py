"""A raise that ends: planned in the transaction that records it, made when it is due.

F18: a temporary raise never reverted, or reverted below what was spent by then.
"""

import pytest

from service.domain.audit import AuditAction
from service.domain.errors import ProviderRejected, ProviderUnavailable
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.notification import EventKind
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import pause
from tests.builders import DAY, HOUR, MINUTE, NOON, limit, policy
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.raising_world import trail, world_that_raises

BEFORE, AFTER = 10_000, 10_500
NO_ANSWER = ProviderUnavailable("no answer in 10 s")
PLANNED = AuditAction.LIMIT_CHANGE_PLANNED
REQUESTED = AuditAction.LIMIT_CHANGE_REQUESTED
APPLIED = AuditAction.LIMIT_CHANGE_APPLIED


def lending() -> World:
    """Give acme, which raises by 500 EUR for a day and tells two channels of it."""
    return world_that_raises(notify=("oncall",), expires="24h")


def ends(world: World) -> list[LimitChange]:
    return [each for each in world.changes if each.kind is ChangeKind.EXPIRY]


def test_a_raise_that_was_applied_has_its_end_planned_with_it() -> None:
    world = lending()

    world.check()

    (end,) = ends(world)
    assert (end.state, end.due_at) == (ChangeState.PLANNED, NOON + DAY)
    assert trail(world) == [PLANNED, REQUESTED, APPLIED, PLANNED]
    (kept,) = world.tables.states["acme"].raise_ends
    assert (kept.change_id, kept.ends_at) == (end.id, NOON + DAY)
    sentences = [each.detail for each in world.queued(EventKind.LIMIT_CHANGED)]
    assert any("until 2026-08-21 12:00 UTC" in each for each in sentences)


def test_a_raise_that_cannot_be_kept_plans_no_end_alone() -> None:
    world = lending()
    world.broken_at = world.opened + 4

    with pytest.raises(Exception, match="the disk is full"):
        world.check()

    assert ends(world) == []
    world.check(after=MINUTE)
    (end,) = ends(world)
    assert end.due_at == NOON + DAY


def test_a_raise_that_arrived_late_has_an_end_as_well() -> None:
    world = lending()
    world.api.then(
        "spend_limit", None, None, *([lambda: world.api.set_outside(limit(BEFORE))] * 9)
    )
    world.check()
    assert ends(world) == []
    world.api.script.clear()
    world.api.set_outside(limit(AFTER))

    world.check(after=MINUTE)

    assert [each.state for each in ends(world)] == [ChangeState.PLANNED]


def test_a_raise_that_a_persons_command_finds_applied_has_an_end_until_it_is_set() -> (
    None
):
    world = lending()
    world.api.then("spend_limit", None, None, *([NO_ANSWER] * 40))
    world.check()
    world.api.script.clear()
    world.clock.advance(MINUTE)
    wanted = LimitRequest(
        organization="acme", wanted=limit(11_000), note="", actor="user:ada"
    )

    set_limit(world.services(), wanted)

    assert [each.state for each in ends(world)] == [ChangeState.PLANNED]
    world.check(after=MINUTE)
    (end,) = ends(world)
    assert (end.state, end.reason) == (ChangeState.SKIPPED, "overridden")
    (sentence,) = {
        event.detail for event in world.queued(EventKind.LIMIT_CHANGE_SKIPPED)
    }
    assert "is not taken back (overridden)" in sentence


def test_a_raise_is_taken_back_when_it_is_due_and_told_where_it_was_told() -> None:
    world = lending()
    world.check()
    world.check(after=DAY - MINUTE)
    assert world.limit_amount == AFTER

    check = world.check(after=MINUTE)

    (end,) = ends(world)
    assert (end.state, end.before, end.after) == (
        ChangeState.APPLIED,
        limit(AFTER),
        limit(BEFORE),
    )
    assert check.change_id == end.id
    assert check.limit == limit(BEFORE)
    texts = {
        (each.channel, event.detail)
        for each in world.notifications
        for event in each.message.events
        if event.change_id == end.id
    }
    sentence = (
        "the limit changed from 10500.00 EUR to 10000.00 EUR"
        " (the raise by acme-monthly/half ended)"
    )
    assert {("oncall", sentence), ("finops", sentence)} <= texts
    assert world.tables.states["acme"].raise_ends == ()
    world.check(after=HOUR)
    assert world.api.posts == [limit(AFTER), limit(BEFORE)]


def test_an_end_that_was_refused_backs_off_and_is_made_later() -> None:
    world = lending()
    world.check()
    world.api.then("set_spend_limit", ProviderRejected("429", status=429))

    world.check(after=DAY)

    assert [each.state for each in ends(world)] == [
        ChangeState.FAILED,
        ChangeState.PLANNED,
    ]
    assert len(world.tables.states["acme"].raise_ends) == 1
    world.check(after=MINUTE)
    assert world.limit_amount == AFTER
    world.check(after=10 * MINUTE)
    assert world.limit_amount == BEFORE


def test_an_end_cut_off_by_a_crash_is_settled_and_not_made_twice() -> None:
    world = lending()
    world.check()
    world.broken_at = world.opened + 4
    with pytest.raises(Exception, match="the disk is full"):
        world.check(after=DAY)

    world.check(after=MINUTE)

    (end,) = ends(world)
    assert end.state is ChangeState.APPLIED
    assert world.api.posts == [limit(AFTER), limit(BEFORE)]


def test_an_end_that_waits_is_told_once() -> None:
    world = lending()
    world.check()
    pause(world.services(), actor="user:ada")

    world.check(after=DAY)
    world.check(after=HOUR)

    (end,) = ends(world)
    assert (end.state, end.reason) == (ChangeState.PLANNED, "paused")
    events = world.queued(EventKind.LIMIT_CHANGE_SKIPPED)
    assert len({each.detail for each in events}) == 1
    assert "cannot be taken back yet (paused)" in events[0].detail


def test_the_end_outlives_the_policy_that_raised() -> None:
    world = lending()
    world.check()
    world.policies = in_force(policy(id="another"))

    world.check(after=DAY)

    assert world.limit_amount == BEFORE
    assert [each.state for each in ends(world)] == [ChangeState.APPLIED]
