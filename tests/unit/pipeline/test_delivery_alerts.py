"""A channel that keeps failing is told of anywhere but there, on the edge."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import SYSTEM, Alert, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.notification import Delivery, NotificationState
from service.pipeline.delivery_alerts import fallback_of, is_declared
from service.pipeline.outbox import enqueue
from tests.builders import DAY, MINUTE, NOON, guard, policy_set
from tests.fakes import FixedPolicies, RecordingChannel
from tests.unit.domain.messages import notification
from tests.unit.pipeline.checked_world import World, with_channels

SECOND = timedelta(seconds=1)
FAILED = Delivery(is_delivered=False, error="503")
FINE = Delivery(is_delivered=True)


def world_with(*names: str, default: tuple[str, ...] = (), **fallbacks: str) -> World:
    """Give a world whose first channel is dead; all are default unless it says else."""
    channels = [
        {
            "name": name,
            "url": "json://127.0.0.1/sg_test",
            "fallback": fallbacks.get(name),
        }
        for name in names
    ]
    wired = guard(channels=channels, default_channels=default or names)
    world = World(policies=FixedPolicies(policy_set(guard=wired)))
    world.channels[names[0]].standing = FAILED
    return world


def send(world: World, notification_id: str, channel: str) -> None:
    """Queue a message and try it for a minute: three failures and more."""
    now = world.clock.now()
    waiting = notification(
        id=notification_id, channel=channel, created_at=now, next_attempt_at=now
    )
    with world.transaction() as work:
        enqueue(work, [waiting])
    for _ in range(12):
        world.deliver(after=5 * SECOND)


def alerts(world: World) -> list[Alert]:
    return list(world.tables.alerts_by_id.values())


def told_of_failing(world: World, channel: str) -> list[str]:
    """Give what a channel was told about channels that fail."""
    return [
        event.detail
        for event in world.channels[channel].events
        if event.alert_kind == "delivery_failed"
    ]


def test_a_channel_that_keeps_failing_is_told_to_the_other_default_channels() -> None:
    world = world_with("finops", "oncall", "board")

    send(world, "nt_1", "finops")

    (alert,) = alerts(world)
    assert alert.key.organization == SYSTEM
    assert (alert.kind, alert.key.scope) == (AlertKind.DELIVERY_FAILED, "finops")
    for name in ("oncall", "board"):
        assert told_of_failing(world, name) == ["channel finops keeps failing: 503"]
    assert told_of_failing(world, "finops") == []
    (fact,) = world.facts(AuditAction.ALERT_FIRED)
    assert fact.chain == SYSTEM


def test_a_single_failure_is_no_news() -> None:
    world = world_with("finops", "oncall")
    world.channels["finops"].standing = FINE
    world.channels["finops"].answers.extend([FAILED, FAILED])

    send(world, "nt_1", "finops")

    assert alerts(world) == []


def test_it_is_told_once_however_many_messages_fail() -> None:
    world = world_with("finops", "oncall")

    send(world, "nt_1", "finops")
    send(world, "nt_2", "finops")

    assert len(told_of_failing(world, "oncall")) == 1
    assert len(world.facts(AuditAction.ALERT_FIRED)) == 1


def test_the_only_default_channel_has_its_fallback_told() -> None:
    world = world_with("finops", "mail", default=("finops",), finops="mail")

    send(world, "nt_1", "finops")

    assert told_of_failing(world, "mail") == ["channel finops keeps failing: 503"]


def test_a_fallback_that_is_default_too_is_told_once() -> None:
    world = world_with("finops", "mail", finops="mail")

    send(world, "nt_1", "finops")

    assert len(told_of_failing(world, "mail")) == 1


def test_where_there_is_nobody_else_the_alert_is_still_on_record() -> None:
    world = world_with("finops")

    send(world, "nt_1", "finops")

    (alert,) = alerts(world)
    assert alert.state is AlertState.FIRING
    assert len(world.notifications) == 1


def test_it_never_comes_round_to_the_channel_that_fails() -> None:
    world = world_with("finops", "oncall", oncall="finops")
    world.channels["oncall"].standing = FAILED

    send(world, "nt_1", "finops")
    for _ in range(12):
        world.deliver(after=5 * SECOND)

    assert "channel finops keeps failing: 503" not in told_of_failing(world, "finops")


def test_a_delivery_ends_the_alert() -> None:
    world = world_with("finops", "oncall")
    send(world, "nt_1", "finops")
    world.channels["finops"].standing = FINE

    world.deliver(after=MINUTE)

    (alert,) = alerts(world)
    assert (alert.state, alert.reason) == (AlertState.RESOLVED, "recovered")
    assert len(world.facts(AuditAction.ALERT_RESOLVED)) == 1


@pytest.mark.parametrize("later", [DAY, 40 * DAY])
def test_a_channel_that_fails_again_is_told_again(later: timedelta) -> None:
    world = world_with("finops", "oncall")
    send(world, "nt_1", "finops")
    world.channels["finops"].standing = FINE
    world.deliver(after=MINUTE)
    world.channels["finops"].standing = FAILED

    world.clock.advance(later)
    send(world, "nt_2", "finops")

    assert [each.firing for each in alerts(world)] == [1, 2]
    assert len(told_of_failing(world, "oncall")) == 2


def test_a_channel_that_is_gone_fires_nothing_and_ends_what_fired() -> None:
    world = world_with("finops", "oncall")
    send(world, "nt_1", "finops")

    world.policies.policies = with_channels(oncall=None)
    del world.channels["finops"]
    send(world, "nt_2", "finops")

    (alert,) = alerts(world)
    assert (alert.state, alert.reason) == (AlertState.RESOLVED, "removed")
    states = {each.id: each.state for each in world.notifications}
    assert states["nt_2"] is NotificationState.FAILED


def test_the_fallback_of_a_channel_is_the_one_declared() -> None:
    policies = with_channels(finops="mail", mail=None)

    assert fallback_of(policies, "finops") == "mail"
    assert fallback_of(policies, "mail") is None


def test_the_fallback_of_a_channel_that_is_gone_is_the_first_default_one() -> None:
    policies = with_channels(finops=None, mail=None)

    assert fallback_of(policies, "old") == "finops"
    nobody = replace(policies, guard=guard(default_channels=()))
    assert fallback_of(nobody, "old") is None


def test_channels_are_declared_by_name() -> None:
    assert is_declared(with_channels(finops=None), "finops")
    assert not is_declared(with_channels(finops=None), "old")


def test_a_new_channel_needs_no_alert_to_end() -> None:
    world = world_with("finops", "oncall")
    world.channels["finops"] = RecordingChannel()

    send(world, "nt_1", "finops")

    assert alerts(world) == []
    assert world.clock.now() > NOON
