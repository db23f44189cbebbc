"""What is to be told is queued with its audit entry, and told more while it waits."""

from datetime import timedelta

import pytest

from service.domain.audit import AuditAction
from service.domain.notification import (
    Event,
    EventKind,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from service.pipeline.outbox import enqueue, extend_or_enqueue
from tests.builders import NOON, Fields
from tests.unit.domain.messages import event, notification
from tests.unit.pipeline.checked_world import World

SECOND = timedelta(seconds=1)
PLANNED = event(EventKind.LIMIT_CHANGED, change_id="lc_1", is_planned=True)
DONE = event(EventKind.LIMIT_CHANGED, change_id="lc_1", severity=Severity.CRITICAL)


def held(*events: Event, **changes: Fields) -> Notification:
    """Give a message that waits five seconds for the end of its limit change."""
    until = NOON + 5 * SECOND
    return notification(*events, next_attempt_at=until, **changes)


def extend(world: World, later: Notification) -> None:
    with world.transaction() as work:
        extend_or_enqueue(work, [later], world.clock.now())


def world_with(waiting: Notification) -> World:
    world = World()
    with world.transaction() as work:
        enqueue(work, [waiting])
    world.clock.advance(SECOND)
    return world


def test_what_is_queued_is_on_record_with_all_that_it_tells() -> None:
    told = event(policy_id="acme-monthly", threshold_id="half", alert_id="al_1")

    world = world_with(notification(told, DONE))

    (fact,) = world.facts()
    assert fact.action is AuditAction.NOTIFICATION_QUEUED
    assert fact.target == "notification:nt_1"
    assert fact.detail is not None
    assert fact.detail["channel"] == "finops"
    assert fact.detail["events"] == [
        {
            "kind": "fired",
            "alert_kind": "spend",
            "policy": "acme-monthly",
            "threshold": "half",
            "alert": "al_1",
            "limit_change": None,
        },
        {
            "kind": "limit_changed",
            "alert_kind": "spend",
            "policy": None,
            "threshold": None,
            "alert": None,
            "limit_change": "lc_1",
        },
    ]


def test_a_message_that_still_waits_tells_the_end_in_place_of_the_plan() -> None:
    world = world_with(held(event(), PLANNED))

    extend(world, notification(DONE))

    (waiting,) = world.notifications
    assert waiting.message.events == (event(), DONE)
    assert waiting.message.severity is Severity.CRITICAL
    assert waiting.state is NotificationState.PENDING
    assert waiting.claimed_at is None
    assert waiting.next_attempt_at == NOON + SECOND
    assert [fact.reason for fact in world.facts()] == ["", "extended"]


@pytest.mark.parametrize(
    "state", [state for state in NotificationState if state.value != "pending"]
)
def test_what_has_gone_out_is_followed_by_a_message_of_its_own(
    state: NotificationState,
) -> None:
    world = world_with(held(event(), PLANNED, state=state))

    extend(world, notification(DONE))

    first, second = world.notifications
    assert first == held(event(), PLANNED, state=state)
    assert second.message.events == (DONE,)
    assert second.id != first.id


def test_a_message_that_is_being_taken_for_sending_is_not_told_more() -> None:
    world = world_with(held(event(), PLANNED))
    world.tables.lost_claims.add("nt_1")

    extend(world, notification(DONE))

    first, second = world.notifications
    assert first.message.events == (event(), PLANNED)
    assert second.message.events == (DONE,)


def test_a_second_follow_up_is_told_as_well() -> None:
    world = world_with(notification(state=NotificationState.DELIVERED))

    extend(world, notification(DONE, created_at=NOON))
    extend(world, notification(DONE, created_at=NOON + SECOND))

    assert len({each.id for each in world.notifications}) == 3


def test_a_first_message_of_an_occasion_is_simply_queued() -> None:
    world = World()

    extend(world, notification(DONE))

    assert world.notifications == [notification(DONE)]
    assert len(world.facts(AuditAction.NOTIFICATION_QUEUED)) == 1
