"""What a person decides about a limit moved outside, and who it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest

from service.domain.alert import AlertState
from service.domain.audit import AuditAction
from service.domain.errors import (
    AboveCeiling,
    Conflict,
    NotFound,
    ProviderUnavailable,
    WriterBusy,
)
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.domain.period import month_of
from service.domain.usage import Failure
from service.pipeline.attribution import read_log
from service.pipeline.drift import adopt_drift, revert_drift
from service.ports import Limits
from tests.builders import MINUTE, NOON, limit
from tests.fakes import FakeAdminApi
from tests.unit.domain.test_attribution import entry
from tests.unit.pipeline.checked_world import World
from tests.unit.pipeline.test_limits import ask

ALICE = "key:alice"
NO_ANSWER = ProviderUnavailable("no answer")


def drifted(to: int = 12_000) -> World:
    """Give acme whose limit somebody moved from 10,000, as a check has seen."""
    world = World()
    world.check()
    world.clock.advance(MINUTE)
    move(world, to)
    world.check(after=4 * MINUTE)
    return world


def move(world: World, to: int | None) -> None:
    world.api.set_outside(limit(to))
    world.api.log = (*world.api.log, entry(world.clock.now(), "ada"))


def adopt(world: World) -> None:
    adopt_drift(world.services(), actor=ALICE, organization="acme")


def revert(world: World) -> ChangeState:
    return revert_drift(world.services(), actor=ALICE, organization="acme").state


def alert_state(world: World) -> AlertState:
    (found,) = world.tables.alerts_by_id.values()
    return found.state


def test_the_log_is_read_once_and_only_where_the_limit_moved() -> None:
    world = World()
    world.check()
    world.check(after=MINUTE)
    assert "audit_log" not in world.api.calls

    move(world, 12_000)
    world.check(after=MINUTE)
    world.check(after=MINUTE)

    assert world.api.calls.count("audit_log") == 1
    (told,) = world.queued(EventKind.FIRED)
    assert "by ada" in told.detail


def test_a_log_without_a_name_is_asked_for_an_hour() -> None:
    world = World()
    world.check()
    world.api.set_outside(limit(12_000))
    for _ in range(4):
        world.check(after=25 * MINUTE)

    assert world.api.calls.count("audit_log") == 3
    assert world.queued(EventKind.UPDATED) == []


def test_a_log_that_does_not_answer_delays_nothing() -> None:
    world = World()
    may_end = Event()
    world.api.then("audit_log", may_end.wait)

    log = read_log(world.api, NOON, timedelta(milliseconds=1))

    may_end.set()
    assert isinstance(log, Failure)
    assert "in the time" in log.detail


def test_an_unreadable_limit_asks_no_log() -> None:
    world = drifted()
    world.api.then("spend_limit", NO_ANSWER, lambda: _lose_the_limit(world.api))
    calls = len(world.api.calls)
    world.check(after=MINUTE)
    world.check(after=MINUTE)

    assert "audit_log" not in world.api.calls[calls:]


def _lose_the_limit(api: FakeAdminApi) -> None:
    api.reading = replace(api.reading, limit=None)


def test_adopting_makes_it_this_persons_choice_for_the_period() -> None:
    world = drifted()

    adopt(world)

    state = world.tables.states["acme"]
    assert (state.reference, state.drift) == (limit(12_000), None)
    assert state.override is not None
    assert (state.override.by, state.override.until) == (ALICE, month_of(NOON).end)
    assert alert_state(world) is AlertState.RESOLVED
    (told,) = world.queued(EventKind.RESOLVED)
    assert "adopted by key:alice" in told.detail
    (fact,) = world.facts(AuditAction.LIMIT_REFERENCE_ADOPTED)
    assert fact.actor == ALICE
    assert world.api.posts == []


def test_adopting_works_while_the_provider_is_away() -> None:
    world = drifted()
    world.api.then("spend_limit", NO_ANSWER)

    adopt(world)

    assert world.tables.states["acme"].reference == limit(12_000)


def test_putting_it_back_goes_the_guarded_way_and_is_no_override() -> None:
    world = drifted()
    world.tables.paused = True

    assert revert(world) is ChangeState.APPLIED

    state = world.tables.states["acme"]
    assert (state.reference, state.drift, state.override) == (
        limit(10_000),
        None,
        None,
    )
    (change,) = world.changes
    assert (change.kind, change.requested_by) == (ChangeKind.REVERT, ALICE)
    assert alert_state(world) is AlertState.RESOLVED
    (fact,) = world.facts(AuditAction.DRIFT_REVERTED)
    assert fact.actor == ALICE
    requested = world.facts(AuditAction.LIMIT_CHANGE_REQUESTED)
    assert [each.actor for each in requested] == [ALICE]


def test_putting_it_back_fails_without_counting_towards_the_circuit() -> None:
    world = drifted()
    world.api.then("set_spend_limit", NO_ANSWER)

    assert revert(world) is ChangeState.FAILED

    state = world.tables.states["acme"]
    assert state.failures == 0
    assert state.drift is not None


def test_a_limit_moved_once_more_is_told_and_put_back_to_where_it_was() -> None:
    world = drifted()
    world.clock.advance(MINUTE)
    move(world, 15_000)

    assert revert(world) is ChangeState.APPLIED

    assert len(world.queued(EventKind.UPDATED)) == 1
    assert world.api.posts == [limit(10_000)]


def test_a_limit_that_is_back_already_leaves_nothing_to_put_back() -> None:
    world = drifted()
    world.api.set_outside(limit(10_000))

    with pytest.raises(Conflict, match="not moved outside"):
        revert(world)

    assert world.api.posts == []
    assert alert_state(world) is AlertState.RESOLVED


def test_a_limit_that_moves_while_it_is_put_back_is_thought_over() -> None:
    world = drifted()
    world.api.then("spend_limit", None, None, lambda: world.api.set_outside(limit(1)))

    assert revert(world) is ChangeState.APPLIED
    assert [each.state.value for each in world.changes] == ["skipped", "applied"]


@pytest.mark.parametrize("decide", [adopt, revert])
def test_nothing_is_decided_where_nothing_is_open(
    decide: Callable[[World], object],
) -> None:
    world = World()
    world.check()

    with pytest.raises(Conflict, match="not moved outside"):
        decide(world)


@pytest.mark.parametrize("decide", [adopt_drift, revert_drift])
def test_an_unknown_organization_is_not_found(
    decide: Callable[..., object],
) -> None:
    with pytest.raises(NotFound):
        decide(World().services(), actor=ALICE, organization="beta")


@pytest.mark.parametrize("decide", [adopt, revert])
def test_a_lock_that_another_keeps_is_told(decide: Callable[[World], object]) -> None:
    world = drifted()
    world.locks.busy.add("acme")

    with pytest.raises(WriterBusy):
        decide(world)


def test_nothing_is_put_back_below_the_spend() -> None:
    world = drifted()
    world.api.reading = replace(world.api.reading, total=Decimal(10_001))

    with pytest.raises(Conflict, match=r"10000\.00 EUR is below the spend"):
        revert(world)

    assert world.api.posts == []


def test_the_last_spend_counts_where_the_provider_names_none() -> None:
    world = drifted()
    world.api.reading = replace(world.api.reading, total=None)

    assert revert(world) is ChangeState.APPLIED


def test_nothing_is_put_back_above_a_ceiling() -> None:
    world = drifted()
    world.limits = Limits(every=9000)

    with pytest.raises(AboveCeiling):
        revert(world)


def test_no_limit_at_all_is_never_put_back() -> None:
    world = World()
    world.api.set_outside(limit(None))
    world.check()
    move(world, 12_000)
    world.check(after=MINUTE)

    with pytest.raises(Conflict, match="no limit before"):
        revert(world)


def test_who_moved_it_just_before_a_person_set_it_is_told() -> None:
    world = World()
    world.check()
    world.clock.advance(MINUTE)
    move(world, 9000)

    ask(world)

    (told,) = world.queued(EventKind.FIRED)
    assert "by ada" in told.detail
    assert alert_state(world) is AlertState.RESOLVED


def test_the_log_names_nobody_for_what_our_own_key_did() -> None:
    world = drifted()
    revert(world)
    own = entry(world.clock.now(), "spendguard", "API_KEY")
    world.api.log = (own,)
    world.clock.advance(MINUTE)
    world.api.set_outside(limit(13_000))
    world.check(after=MINUTE)

    told = world.queued(EventKind.FIRED)[-1]
    assert "nobody is named" in told.detail
