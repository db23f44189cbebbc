"""What follows from a limit change: who is told, what resolves, what it counts for."""

from datetime import timedelta

import pytest

from service.domain.alert import AlertKind
from service.domain.audit import AuditAction
from service.domain.check import Outcome
from service.domain.errors import (
    ProviderRejected,
    ProviderUnavailable,
    StorageUnavailable,
)
from service.domain.notification import EventKind
from tests.builders import MINUTE, threshold
from tests.unit.pipeline.raising_world import (
    health,
    the_change,
    trail,
    world_that_raises,
)

SECOND = timedelta(seconds=1)
NO_ANSWER = ProviderUnavailable("no answer in 10 s")
PLANNED = AuditAction.LIMIT_CHANGE_PLANNED
REQUESTED = AuditAction.LIMIT_CHANGE_REQUESTED
APPLIED = AuditAction.LIMIT_CHANGE_APPLIED
SKIPPED = AuditAction.LIMIT_CHANGE_SKIPPED


def test_one_message_tells_what_crossed_and_what_was_done_about_it() -> None:
    world = world_that_raises()

    world.check()

    (waiting,) = world.notifications
    kinds = [event.kind for event in waiting.message.events]
    assert kinds == [EventKind.FIRED, EventKind.LIMIT_CHANGED]
    assert not any(event.is_planned for event in waiting.message.events)
    assert waiting.next_attempt_at == world.clock.now()
    assert waiting.message.figures is not None
    assert waiting.message.figures.limit == "10500.00 EUR"


def test_a_message_waits_for_its_change_and_no_longer_than_five_seconds() -> None:
    world = world_that_raises()
    attempts: list[int] = []
    # The provider takes its time before the decision: that must not use up the wait.
    world.api.then("usage", lambda: world.clock.advance(20 * SECOND))
    world.api.then(
        "set_spend_limit",
        lambda: attempts.append(world.deliver(after=4 * SECOND)),
        lambda: None,
    )

    world.check()

    assert attempts == [0]


def test_what_came_after_the_message_went_out_follows_on_its_own() -> None:
    world = world_that_raises()
    world.api.then("set_spend_limit", lambda: world.deliver(after=6 * SECOND))

    world.check()
    world.deliver()

    first, second = world.channels["finops"].attempts
    assert [event.is_planned for event in first[0].events] == [False, True]
    assert [event.kind for event in second[0].events] == [EventKind.LIMIT_CHANGED]
    assert first[1] != second[1]


def test_a_change_that_was_announced_and_not_made_is_taken_back() -> None:
    world = world_that_raises()
    world.api.then("spend_limit", None, NO_ANSWER)

    world.check()

    (waiting,) = world.notifications
    assert [event.kind for event in waiting.message.events] == [
        EventKind.FIRED,
        EventKind.LIMIT_CHANGE_SKIPPED,
    ]
    assert "not changed" in waiting.message.events[1].detail
    assert "doubtful_data" in waiting.message.events[1].detail


def test_a_limit_threshold_resolves_in_the_check_that_raised_the_limit() -> None:
    world = world_that_raises(threshold(id="near-limit", limit="25%"), by=2000)

    check = world.check()

    outcomes = {each.threshold_id: each.outcome for each in check.decisions}
    assert outcomes == {"half": Outcome.FIRED, "near-limit": Outcome.RESOLVED}
    assert world.tables.checks_by_id[check.id].decisions == check.decisions
    assert len(world.facts(AuditAction.ALERT_RESOLVED)) == 1


def test_the_firing_that_asked_for_a_raise_has_what_it_wanted() -> None:
    world = world_that_raises()
    world.check()

    world.check(after=90 * MINUTE)

    assert len(world.api.posts) == 1


def test_after_three_failures_the_circuit_opens_on_record() -> None:
    world = world_that_raises()
    world.api.then("set_spend_limit", *([ProviderRejected("400")] * 9))

    for _ in range(5):
        world.check(after=60 * MINUTE)

    assert len(world.api.posts) == 3
    assert world.tables.states["acme"].is_circuit_open
    assert len(world.facts(AuditAction.CIRCUIT_OPENED)) == 1
    assert len(health(world, AlertKind.LIMIT_CHANGE_FAILED)) == 1


def test_a_plan_that_was_never_sent_ends_when_the_next_check_plans_anew() -> None:
    world = world_that_raises()
    # State read, decision written: the intent is what cannot be.
    world.broken_at = 3
    with pytest.raises(StorageUnavailable):
        world.check()

    world.check(after=MINUTE)

    assert trail(world) == [PLANNED, SKIPPED, PLANNED, REQUESTED, APPLIED]
    assert world.queued(EventKind.LIMIT_CHANGE_ENDED) == []
    assert len(world.api.posts) == 1


def test_every_state_of_a_change_is_on_record_with_who_made_it() -> None:
    world = world_that_raises()

    world.check()

    facts = world.facts(PLANNED, REQUESTED, APPLIED)
    assert {fact.actor for fact in facts} == {"system:scheduler"}
    assert {fact.target for fact in facts} == {f"limit_change:{the_change(world).id}"}
