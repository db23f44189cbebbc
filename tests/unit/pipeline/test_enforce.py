"""A limit change: intent, one look, one POST, read back, outcome; nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from service.domain.alert import AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
    StorageUnavailable,
)
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.pipeline.enforce import POST_TIMEOUT, carry_out
from tests.builders import (
    MINUTE,
    change,
    limit,
)
from tests.fakes import FakeAdminApi
from tests.unit.pipeline.checked_world import World
from tests.unit.pipeline.raising_world import (
    health,
    the_change,
    trail,
    world_that_raises,
)

BEFORE, AFTER, OTHER = 10_000, 10_500, 10_200
SECOND = timedelta(seconds=1)
NO_ANSWER = ProviderUnavailable("no answer in 10 s")
PLANNED = AuditAction.LIMIT_CHANGE_PLANNED
REQUESTED = AuditAction.LIMIT_CHANGE_REQUESTED
APPLIED = AuditAction.LIMIT_CHANGE_APPLIED
SKIPPED = AuditAction.LIMIT_CHANGE_SKIPPED
FAILED = AuditAction.LIMIT_CHANGE_FAILED
UNKNOWN = AuditAction.LIMIT_CHANGE_UNKNOWN
PERHAPS = [
    ProviderUnavailable("no answer in 10 s"),
    ProviderUnavailable("502", status=502),
    ProviderMalformed("a page of HTML"),
]
NO = [ProviderRejected("400", status=400), ProviderRejected("429", status=429)]


def reads_after_post(api: FakeAdminApi) -> int:
    return api.calls[api.calls.index("set_spend_limit") :].count("spend_limit")


def arrives(world: World, error: ProviderError) -> Callable[[], None]:
    """Give a POST that comes into force although its answer is lost."""

    def step() -> None:
        world.api.set_outside(limit(AFTER))
        raise error

    return step


def ignored(world: World) -> Callable[[], None]:
    """Give a read after which the limit stands where it stood before the POST."""
    return lambda: world.api.set_outside(limit(BEFORE))


def test_a_change_is_read_back_before_it_counts_as_applied() -> None:
    world = world_that_raises()

    check = world.check()

    done = the_change(world)
    assert done.id == check.change_id
    assert (done.state, done.observed) == (ChangeState.APPLIED, limit(AFTER))
    assert world.api.posts == [limit(AFTER)]
    assert world.api.calls[3:] == ["spend_limit", "set_spend_limit", "spend_limit"]
    assert trail(world) == [PLANNED, REQUESTED, APPLIED]
    assert world.tables.states["acme"].reference == limit(AFTER)
    assert world.clock.slept == []


def test_the_intent_is_committed_before_anything_is_sent() -> None:
    world = world_that_raises()
    seen: list[object] = []

    def look() -> None:
        seen.extend([the_change(world).state, trail(world)])

    world.api.then("set_spend_limit", look)
    world.check()

    assert seen == [ChangeState.REQUESTED, [PLANNED, REQUESTED]]


def test_an_intent_that_cannot_be_kept_keeps_anything_from_being_sent() -> None:
    world = world_that_raises()
    world.broken_at = 3  # after the memory and the decision

    with pytest.raises(StorageUnavailable):
        world.check()

    assert world.api.posts == []
    assert the_change(world).state is ChangeState.PLANNED


def test_a_raise_that_was_only_planned_is_made_by_the_next_check() -> None:
    world = world_that_raises()
    world.broken_at = 3
    with pytest.raises(StorageUnavailable):
        world.check()

    world.check(after=5 * MINUTE)

    assert world.api.posts == [limit(AFTER)]


def test_an_end_that_could_not_be_kept_is_found_by_the_next_check() -> None:
    world = world_that_raises()
    world.broken_at = 4
    with pytest.raises(StorageUnavailable):
        world.check()
    assert the_change(world).state is ChangeState.REQUESTED

    world.check(after=5 * MINUTE)

    assert the_change(world).state is ChangeState.APPLIED
    assert world.api.posts == [limit(AFTER)]


@pytest.mark.parametrize("error", PERHAPS)
def test_a_cut_answer_is_not_a_no_if_the_read_says_it_arrived(
    error: ProviderError,
) -> None:
    world = world_that_raises()
    world.api.then("set_spend_limit", arrives(world, error))

    world.check()

    assert the_change(world).state is ChangeState.APPLIED
    assert world.api.posts == [limit(AFTER)]


@pytest.mark.parametrize("error", PERHAPS)
def test_a_cut_answer_is_read_back_for_30_seconds_and_never_sent_again(
    error: ProviderError,
) -> None:
    world = world_that_raises()
    world.api.then("set_spend_limit", error)

    world.check()

    failed = the_change(world)
    assert (failed.state, failed.reason) == (ChangeState.FAILED, "not_in_force")
    assert failed.observed == limit(BEFORE)
    assert sum(world.clock.slept, timedelta(0)) == 30 * SECOND
    assert max(world.clock.slept) <= 5 * SECOND
    assert len(world.api.posts) == 1
    assert reads_after_post(world.api) == len(world.clock.slept) + 1
    assert trail(world) == [PLANNED, REQUESTED, FAILED]


def test_a_value_that_comes_into_force_late_is_waited_for() -> None:
    world = world_that_raises()
    late = [ignored(world), None, None, lambda: world.api.set_outside(limit(AFTER))]
    world.api.then("spend_limit", None, None, *late)

    world.check()

    assert the_change(world).state is ChangeState.APPLIED
    assert len(world.clock.slept) == 3


@pytest.mark.parametrize("error", NO)
def test_a_clear_no_has_failed_without_reading_back(error: ProviderError) -> None:
    world = world_that_raises()
    world.api.then("set_spend_limit", error)

    world.check()

    failed = the_change(world)
    assert (failed.state, failed.reason) == (ChangeState.FAILED, "rejected")
    assert failed.note == str(error)
    assert reads_after_post(world.api) == 0
    assert trail(world) == [PLANNED, REQUESTED, FAILED]
    assert world.tables.states["acme"].failures == 1


def test_a_yes_that_did_nothing_is_not_in_force() -> None:
    world = world_that_raises()
    world.api.then("spend_limit", None, None, ignored(world))

    world.check()

    assert the_change(world).reason == "not_in_force"
    (told,) = world.queued(EventKind.LIMIT_CHANGE_ENDED)
    assert "could not be changed" in told.detail


def test_another_value_after_the_deadline_was_somebody_elses() -> None:
    world = world_that_raises()
    overtaken = partial(world.api.set_outside, limit(OTHER))
    world.api.then("spend_limit", None, None, overtaken)

    world.check()

    failed = the_change(world)
    assert (failed.reason, failed.observed) == ("overtaken", limit(OTHER))
    known = world.tables.states["acme"]
    assert known.drift is not None
    assert (known.drift.before, known.drift.observed) == (limit(BEFORE), limit(OTHER))
    assert len(health(world, AlertKind.LIMIT_CHANGED_OUTSIDE)) == 1


def test_what_cannot_be_read_back_is_unknown_alerted_and_blocks() -> None:
    world = world_that_raises()
    world.api.then("spend_limit", None, None, *([NO_ANSWER] * 40))

    world.check()

    assert the_change(world).state is ChangeState.UNKNOWN
    assert sum(world.clock.slept, timedelta(0)) >= 30 * SECOND
    assert trail(world) == [PLANNED, REQUESTED, UNKNOWN]
    (alert,) = health(world, AlertKind.LIMIT_CHANGE_UNKNOWN)
    assert alert.state is AlertState.FIRING
    (told,) = world.queued(EventKind.LIMIT_CHANGE_ENDED)
    assert "may have been changed" in told.detail

    world.check(after=5 * MINUTE)

    assert len(world.api.posts) == 1


@pytest.mark.parametrize(
    ("found", "state"),
    [(AFTER, ChangeState.APPLIED), (BEFORE, ChangeState.FAILED)],
)
def test_an_unknown_end_is_settled_by_the_next_good_read(
    found: int, state: ChangeState
) -> None:
    world = world_that_raises()
    world.api.then("spend_limit", None, None, *([NO_ANSWER] * 40))
    world.check()
    world.api.script.clear()
    world.api.set_outside(limit(found))

    world.check(after=5 * MINUTE)

    first = world.changes[0]
    assert (first.state, first.observed) == (state, limit(found))
    (alert,) = health(world, AlertKind.LIMIT_CHANGE_UNKNOWN)
    assert alert.state is AlertState.RESOLVED


def test_a_limit_that_cannot_be_read_again_is_left_alone() -> None:
    world = world_that_raises()
    world.api.then("spend_limit", None, NO_ANSWER)

    world.check()

    assert world.api.posts == []
    assert the_change(world).reason == "doubtful_data"
    assert trail(world) == [PLANNED, REQUESTED, SKIPPED]


def test_an_answer_without_a_limit_is_doubt_and_not_a_move() -> None:
    world = world_that_raises()

    def lose_the_limit() -> None:
        world.api.reading = replace(world.api.reading, limit=None)

    world.api.then("spend_limit", None, lose_the_limit)

    world.check()

    assert world.api.posts == []
    assert the_change(world).reason == "doubtful_data"


def test_a_lost_lock_keeps_the_change_from_being_sent_and_from_starting_over() -> None:
    world = world_that_raises()
    world.locks.left = POST_TIMEOUT

    world.check()

    assert world.api.posts == []
    assert the_change(world).reason == "superseded"
    assert world.api.calls.count("usage 2026-08") == 1


def test_a_post_ends_while_the_lock_is_surely_held() -> None:
    world = world_that_raises()
    world.locks.left = POST_TIMEOUT + 5 * SECOND

    world.check()

    assert world.api.timeouts == [POST_TIMEOUT]


def test_a_pause_holds_for_a_check_under_way() -> None:
    world = world_that_raises()

    def pause() -> None:
        world.tables.paused = True

    world.api.then("spend_limit", None, pause)

    world.check()

    assert world.api.posts == []
    assert the_change(world).reason == "paused"


def test_what_is_to_become_nothing_is_not_sent() -> None:
    world = World()
    aimless = change(
        state=ChangeState.PLANNED, before=limit(BEFORE), after=None, requested_at=None
    )

    ended, _ = carry_out(
        world.services(), world.api, aimless, world.locks, actor="system:scheduler"
    )

    assert (ended.state, ended.reason) == (ChangeState.SKIPPED, "no_change")
    assert world.api.posts == []


def test_a_limit_read_back_in_another_currency_is_unknown() -> None:
    world = world_that_raises()

    def turns_into_yen() -> None:
        world.api.reading = replace(world.api.reading, currency="JPY")

    world.api.then("spend_limit", None, None, turns_into_yen)

    world.check()

    assert the_change(world).state is ChangeState.UNKNOWN
    assert world.tables.states["acme"].reference == limit(BEFORE)
