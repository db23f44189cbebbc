"""A check from end to end: once per edge, alone, dry when asked, over when moved."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from service.domain.audit import AuditAction
from service.domain.check import CheckOutcome
from service.domain.errors import NotFound, ProviderUnavailable, WriterBusy
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.pipeline.cycle import preview_check, run_check, run_due_check
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    guard,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)
from tests.fakes import MemoryQueries
from tests.unit.pipeline.checked_world import World, in_force

BEFORE, AFTER = 10_000, 10_500


def world_over_half(*, does: bool = False) -> World:
    """Give acme past half of its budget, with or without a raise that follows."""
    crossed = threshold(then=raising(500)) if does else threshold()
    world = World(policies=in_force(policy(crossed)))
    world.spend(2600)
    return world


def moves(world: World, *amounts: int) -> None:
    """Let somebody move the limit between the snapshot and the read before a POST."""
    for amount in amounts:
        move = partial(world.api.set_outside, limit(amount))
        world.api.then("spend_limit", None, move)


def test_a_check_tells_what_crossed() -> None:
    world = world_over_half()

    check = world.check()

    assert check.outcome is CheckOutcome.COMPLETED
    assert world.tables.checks_by_id == {check.id: check}
    (told,) = world.queued()
    assert (told.kind, told.threshold_id) == (EventKind.FIRED, "half")
    assert told.alert_id in check.alerts_fired
    assert world.wakes == 1


def test_the_same_check_again_sends_nothing() -> None:
    world = world_over_half()
    world.check()

    for _ in range(3):
        assert world.check(after=5 * MINUTE).alerts_fired == ()

    assert len(world.notifications) == 1
    assert len(world.tables.checks_by_id) == 4
    assert len(world.facts(AuditAction.ALERT_FIRED)) == 1


def test_two_checks_of_one_moment_are_two_checks() -> None:
    world = world_over_half()

    assert world.check().id != world.check().id


def test_a_check_that_changed_nothing_is_on_record() -> None:
    world = World(policies=in_force(policy(threshold())))
    world.check()
    world.check(after=5 * MINUTE)

    assert len(world.facts(AuditAction.CHECK_COMPLETED)) == 2
    assert world.notifications == []


def test_the_lock_is_held_from_the_first_read_to_the_last_write() -> None:
    world = world_over_half(does=True)
    during: list[list[str]] = []
    world.api.then("spend_limit", lambda: during.append(list(world.locks.released)))
    world.api.then("set_spend_limit", lambda: during.append(list(world.locks.released)))

    world.check()

    assert world.locks.held == ["acme"]
    assert during == [[], []]
    assert world.locks.released == ["acme"]


def test_an_organization_that_no_policy_names_is_not_locked() -> None:
    world = World()

    with pytest.raises(NotFound):
        run_check(world.services(), "beta")

    assert world.locks.held == []


def test_a_lock_that_another_keeps_stops_a_check_before_it_reads() -> None:
    world = World()
    world.locks.busy.add("acme")

    with pytest.raises(WriterBusy):
        world.check()

    assert world.api.calls == []


def test_a_check_that_had_to_wait_goes_by_the_policies_of_its_own_time() -> None:
    world = World(policies=in_force(policy(threshold())))
    world.spend(2600)

    def replace_policies() -> None:
        world.policies.policies = policy_set(policy(threshold(spend="90%")))

    world.locks.waiting = replace_policies

    assert world.check().alerts_fired == ()


def test_an_organization_that_vanished_while_waited_for_is_not_found() -> None:
    world = World()

    def remove() -> None:
        beta = guard(organization("beta"))
        world.policies.policies = policy_set(guard=beta)

    world.locks.waiting = remove

    with pytest.raises(NotFound):
        world.check()

    assert world.locks.released == ["acme"]
    assert world.api.calls == []


def test_figures_that_cannot_be_had_are_a_result_and_no_error() -> None:
    world = world_over_half()
    error = ProviderUnavailable("no answer")
    world.api.then("spend_limit", error)
    world.api.then("usage", error)

    check = world.check()

    assert check.outcome is CheckOutcome.UNKNOWN
    assert check.spend.amount is None
    assert world.tables.checks_by_id == {check.id: check}


def test_a_dry_run_decides_and_writes_nothing() -> None:
    world = world_over_half(does=True)
    world.api.listed = ()
    before = dict(vars(world.tables))

    decision = preview_check(world.services(), "acme")

    check = decision.check
    assert check.is_dry_run
    assert decision.change is not None
    assert decision.change.id == check.change_id
    assert len(check.alerts_fired) == 1
    assert world.api.posts == []
    assert dict(vars(world.tables)) == before
    assert world.tables.states == {}
    assert world.facts() == []


def test_a_dry_run_says_what_the_check_after_it_does() -> None:
    world = world_over_half(does=True)

    dry, live = preview_check(world.services(), "acme").check, world.check()

    assert dry.change_id == live.change_id
    assert dry.alerts_fired == live.alerts_fired


def test_a_limit_that_moved_meanwhile_starts_the_check_over() -> None:
    world = world_over_half(does=True)
    moves(world, 9_000)

    check = world.check()

    # What somebody set outside is told, and not raised before a person was asked.
    assert [each.reason for each in world.changes] == ["superseded", "drift"]
    assert check.limit == limit(9_000)
    assert check.change_id is None
    assert world.api.posts == []
    assert len(world.tables.checks_by_id) == 2
    assert len(world.queued(EventKind.FIRED)) == 2  # the threshold, the outside change


def test_a_limit_that_flutters_is_thought_over_twice_at_most() -> None:
    world = World(policies=in_force(policy(threshold(then=raising(500)))))
    world.check()  # the reference is known: 10,000
    world.spend(2600)
    # Every look before a POST finds it moved, and every snapshot finds it back.
    for _ in range(9):
        world.api.then(
            "spend_limit",
            lambda: world.api.set_outside(limit(BEFORE)),
            lambda: world.api.set_outside(limit(9_000)),
        )

    world.check(after=5 * MINUTE)

    assert world.api.posts == []
    assert [each.reason for each in world.changes] == ["superseded"] * 3
    assert len(world.facts(AuditAction.CHECK_COMPLETED)) == 4


def test_a_check_that_started_over_may_still_change_the_limit() -> None:
    world = world_over_half(does=True)
    world.api.then(
        "spend_limit",
        None,
        lambda: world.api.set_outside(limit(9_000)),
        lambda: world.api.set_outside(limit(BEFORE)),
    )

    check = world.check()

    superseded, applied = world.changes
    assert superseded.reason == "superseded"
    assert applied.state is ChangeState.APPLIED
    assert applied.id == check.change_id
    assert world.api.posts == [limit(AFTER)]


def test_what_was_promised_before_starting_over_is_taken_back() -> None:
    world = world_over_half(does=True)
    moves(world, 9_000)

    world.check()

    assert not any(event.is_planned for event in world.queued())


def test_a_month_that_turns_is_told_once_and_starts_from_nothing() -> None:
    world = world_over_half()
    world.check()
    world.clock.set(datetime(2026, 9, 1, 0, 5, tzinfo=UTC))
    world.spend(10)

    world.check()
    world.check(after=HOUR)

    assert len(world.queued(EventKind.NEW_PERIOD)) == 1
    world.clock.set(datetime(2026, 9, 20, 12, tzinfo=UTC))
    world.spend(2700)
    assert len(world.check().alerts_fired) == 1


def test_a_failing_figure_blocks_nobody_for_longer_than_it_lasts() -> None:
    world = world_over_half()
    world.api.then("spend_limit", ProviderUnavailable("no answer"))
    world.api.then("usage", ProviderUnavailable("no answer"))
    world.check()

    check = world.check(after=timedelta(minutes=5))

    assert check.outcome is CheckOutcome.COMPLETED
    assert [e.threshold_id for e in world.queued(EventKind.RESOLVED)] == [
        "data_unknown"
    ]


def test_a_due_check_is_not_made_again_if_another_made_it_meanwhile() -> None:
    world = world_over_half()
    tick = world.clock.now()

    def other() -> None:
        world.locks.waiting = None
        world.check(after=MINUTE)

    world.locks.waiting = other

    assert run_due_check(world.services(), "acme", tick) is None
    assert len(world.tables.checks_by_id) == 1


@pytest.mark.parametrize("since", [HOUR, -HOUR])
def test_a_check_of_another_tick_does_not_stand_for_a_due_one(
    since: timedelta,
) -> None:
    """A check of the future is one from before the clock was set back."""
    world = world_over_half()
    world.check()
    world.clock.set(world.clock.now() + since)

    check = run_due_check(world.services(), "acme", world.clock.now())

    assert check is not None
    assert len(world.tables.checks_by_id) == 2


def test_what_a_check_read_is_kept_so_that_it_can_be_replayed() -> None:
    world = World()

    world.check()
    preview_check(world.services(), "acme")

    (seen,) = MemoryQueries(world.tables).snapshots("acme", NOON)
    assert seen.captured_at == NOON
    assert seen.limit == world.api.reading
    assert seen.usage == world.api.reports["2026-08", ""]
