"""Notifications are retried by hand, channels tested, and both are on record."""

from dataclasses import replace

import pytest

from service.domain.audit import AuditAction
from service.domain.errors import Conflict, NotFound
from service.domain.notification import (
    Delivery,
    Event,
    EventKind,
    Message,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from service.pipeline.respond_notifications import retry_notification, send_test
from tests.unit.pipeline.respond_world import ACTOR, NOON, World

ABANDONED = Notification(
    id="nt_1",
    channel="finops",
    organization="acme",
    message=Message(
        organization="acme",
        at=NOON,
        period="2026-08",
        severity=Severity.INFO,
        events=(
            Event(
                kind=EventKind.FIRED,
                severity=Severity.INFO,
                alert_kind="spend",
                detail="half of the budget is spent",
            ),
        ),
    ),
    state=NotificationState.ABANDONED,
    created_at=NOON,
    next_attempt_at=NOON,
    attempts=99,
    error="refused",
)


def with_notification(notification: Notification) -> World:
    world = World()
    world.tables.notifications_by_id[notification.id] = notification
    return world


def test_an_abandoned_notification_is_due_again() -> None:
    world = with_notification(ABANDONED)

    due = retry_notification(world.services(), actor=ACTOR, notification_id="nt_1")

    assert (due.state, due.next_attempt_at) == (NotificationState.PENDING, NOON)
    assert world.tables.notifications_by_id["nt_1"] == due
    (fact,) = world.tables.facts
    assert fact.action is AuditAction.NOTIFICATION_RETRIED
    assert world.wakes == [True]


@pytest.mark.parametrize(
    "state",
    [
        NotificationState.SENDING,
        NotificationState.DELIVERED,
        NotificationState.MERGED,
    ],
)
def test_what_may_have_arrived_is_not_sent_again(state: NotificationState) -> None:
    world = with_notification(replace(ABANDONED, state=state))

    with pytest.raises(Conflict):
        retry_notification(world.services(), actor=ACTOR, notification_id="nt_1")

    assert world.tables.facts == []


def test_a_delivery_that_claims_it_first_wins() -> None:
    world = with_notification(ABANDONED)
    world.tables.lost_claims.add("nt_1")

    with pytest.raises(Conflict):
        retry_notification(world.services(), actor=ACTOR, notification_id="nt_1")

    assert world.tables.notifications_by_id["nt_1"] == ABANDONED


def test_an_unknown_notification_is_not_found() -> None:
    with pytest.raises(NotFound):
        retry_notification(World().services(), actor=ACTOR, notification_id="nt_0")


def test_a_tested_channel_gets_a_test_message() -> None:
    world = World()

    delivery = send_test(world.services(), actor=ACTOR, channel="finops")

    assert delivery.is_delivered
    ((message, _),) = world.channel.sent
    assert [event.kind for event in message.events] == [EventKind.TEST]
    (fact,) = world.tables.facts
    assert (fact.action, fact.outcome) == (AuditAction.CHANNEL_TESTED, "delivered")


def test_a_test_that_fails_says_why() -> None:
    world = World()
    world.channel.answer = Delivery(is_delivered=False, error="refused")

    send_test(world.services(), actor=ACTOR, channel="finops")

    (fact,) = world.tables.facts
    assert (fact.outcome, fact.reason) == ("failed", "refused")


def test_a_channel_nobody_declared_is_not_found() -> None:
    world = World()

    with pytest.raises(NotFound):
        send_test(world.services(), actor=ACTOR, channel="nowhere")

    assert world.channel.sent == []
