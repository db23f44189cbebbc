"""A silence mutes messages about alerts, never what is decided or recorded."""

from dataclasses import replace
from datetime import timedelta

from service.domain.alert import SYSTEM, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.errors import ProviderUnavailable
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.pipeline.respond import acknowledge
from service.pipeline.respond_silences import (
    expire_silence,
)
from service.pipeline.unmute import channels_about, unmuted
from tests.builders import (
    HOUR,
    MINUTE,
    alert,
    capping,
    guard,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)
from tests.unit.pipeline.checked_world import World, in_force, with_channels
from tests.unit.pipeline.silenced_world import (
    FIVE,
    HALF,
    only_alert,
    silence,
    told,
    world_of,
)


def test_a_muted_alert_fires_and_is_audited_and_told_to_nobody() -> None:
    world = world_of(HALF)
    muted = silence(world)
    world.spend(2600)

    check = world.check(after=FIVE)

    assert len(check.alerts_fired) == 1
    assert told(world) == []
    assert len(world.facts(AuditAction.ALERT_FIRED)) == 1
    (fact,) = world.facts(AuditAction.ALERT_MUTED)
    assert fact.target == f"alert:{only_alert(world)}"
    assert (fact.chain, fact.reason) == ("acme", "load test")
    assert fact.detail == {
        "silence": muted.id,
        "by": "key:alice",
        "event": "fired",
        "channels": ("oncall",),
    }


def test_other_alerts_are_told_as_ever() -> None:
    world = world_of(HALF, threshold(id="near", spend=2500, severity="critical"))
    silence(world, threshold_id="half")
    world.spend(2600)

    world.check(after=FIVE)

    assert [event.threshold_id for event in world.queued()] == ["near"]


def test_a_limit_change_is_made_and_told_all_the_same() -> None:
    world = world_of(threshold(then=raising(500)))
    silence(world)
    world.spend(2600)

    world.check(after=FIVE)

    assert world.limit_amount == 10_500
    assert told(world) == [EventKind.LIMIT_CHANGED]


def test_a_change_that_is_not_made_is_told_all_the_same() -> None:
    world = world_of(threshold(then=capping("100%")))
    world.policies.policies = policy_set(
        policy(threshold(then=capping("100%")), mode="observe")
    )
    silence(world)
    world.spend(2600)

    world.check(after=FIVE)

    assert told(world) == [EventKind.LIMIT_CHANGE_SKIPPED]


def test_a_change_that_fails_is_told_all_the_same() -> None:
    world = world_of(threshold(then=raising(500)))
    silence(world)
    silence(world, kind=AlertKind.LIMIT_CHANGE_UNKNOWN)
    world.spend(2600)
    world.api.then("set_spend_limit", ProviderUnavailable("cut off", route="POST"))

    world.check(after=FIVE)

    assert told(world) == [EventKind.LIMIT_CHANGE_ENDED]


def test_what_still_fires_when_a_silence_runs_out_is_told_once() -> None:
    world = world_of(HALF)
    silence(world)
    world.spend(2600)
    world.check(after=FIVE)

    world.check(after=HOUR)
    world.check(after=FIVE)

    (event,) = world.queued()
    assert event.kind is EventKind.FIRED
    assert event.alert_id == only_alert(world)
    assert event.policy_title == policy().title
    assert [each.channel for each in world.notifications] == ["oncall"]
    assert len(world.facts(AuditAction.ALERT_UNMUTED)) == 1


def test_it_is_told_at_the_next_check_when_a_person_ends_the_silence() -> None:
    world = world_of(HALF)
    muted = silence(world)
    world.spend(2600)
    world.check(after=FIVE)

    expire_silence(world.services(), actor="key:bob", silence_id=muted.id)
    world.check(after=FIVE)

    assert told(world) == [EventKind.FIRED]


def test_one_of_two_silences_is_enough() -> None:
    world = world_of(HALF)
    silence(world, 2 * HOUR, severity=Severity.WARNING)
    silence(world)
    world.spend(2600)
    world.check(after=FIVE)

    world.check(after=HOUR)
    assert told(world) == []
    world.check(after=HOUR)

    assert told(world) == [EventKind.FIRED]


def test_what_fired_and_ended_inside_is_only_named_afterwards() -> None:
    limit = threshold(id="near", limit="20%")
    world = world_of(limit, HALF)
    silence(world, kind=AlertKind.LIMIT)
    world.spend(2100)
    world.check(after=FIVE)
    world.api.set_outside(replace(world.api.reading).limit or world.api.posts[0])
    world.spend(1000)
    for _ in range(3):
        world.check(after=FIVE)
    assert told(world) == []

    world.check(after=HOUR)

    (event,) = world.queued()
    assert event.kind is EventKind.SILENCE_ENDED
    assert "1 alert was muted by silence sl_" in event.detail
    assert event.detail.endswith("is over by now: acme-monthly/near")
    world.check(after=FIVE)
    assert len(world.queued()) == 1


def test_what_ends_with_the_silence_is_never_told_as_firing() -> None:
    world = world_of(threshold(id="near", limit="20%"))
    silence(world)
    world.spend(2100)
    world.check(after=FIVE)
    # Two checks believe no such fall; the third one does, after the silence.
    world.spend(1000)
    world.check(after=FIVE)
    world.check(after=FIVE)

    world.check(after=HOUR)

    assert told(world) == [EventKind.SILENCE_ENDED]


def test_an_end_that_was_muted_is_named_afterwards() -> None:
    world = world_of(threshold(id="near", limit="20%"))
    world.spend(2100)
    world.check(after=FIVE)
    silence(world)
    world.spend(1000)
    for _ in range(3):
        world.check(after=FIVE)

    world.check(after=HOUR)

    assert told(world) == [EventKind.FIRED, EventKind.SILENCE_ENDED]


def test_a_reminder_that_was_muted_is_given_once_afterwards() -> None:
    world = world_of(threshold(repeat="30m"))
    world.spend(2600)
    world.check(after=FIVE)
    silence(world)
    world.check(after=31 * MINUTE)
    assert told(world) == [EventKind.FIRED]

    world.check(after=30 * MINUTE)
    world.check(after=FIVE)

    assert told(world) == [EventKind.FIRED, EventKind.REMINDER]


def test_a_reminder_is_not_given_of_what_somebody_has_seen() -> None:
    world = world_of(threshold(repeat="30m"))
    world.spend(2600)
    world.check(after=FIVE)
    silence(world)
    world.check(after=31 * MINUTE)
    acknowledge(world.services(), actor="key:bob", alert_id=only_alert(world))

    world.check(after=HOUR)

    assert told(world) == [EventKind.FIRED]


def test_a_reminder_that_falls_due_with_the_end_does_not_double_the_news() -> None:
    world = world_of(threshold(repeat="30m"))
    silence(world)
    world.spend(2600)
    world.check(after=FIVE)

    world.check(after=HOUR)
    world.check(after=FIVE)

    assert told(world) == [EventKind.FIRED]


def test_an_end_after_a_muted_reminder_is_told_as_an_end() -> None:
    world = world_of(threshold(id="near", limit="20%", repeat="30m"))
    world.spend(2100)
    world.check(after=FIVE)
    silence(world, 35 * MINUTE)
    world.check(after=31 * MINUTE)
    world.spend(1000)
    world.check(after=MINUTE)
    world.check(after=MINUTE)

    world.check(after=10 * MINUTE)
    world.check(after=FIVE)

    assert told(world) == [EventKind.FIRED, EventKind.RESOLVED]


def test_a_drift_that_was_muted_is_named_afterwards() -> None:
    adopting = guard(organization(on_drift="adopt"))
    world = World(policies=in_force(policy(HALF), guard=adopting))
    world.check()
    silence(world, kind=AlertKind.LIMIT_CHANGED_OUTSIDE)
    limit = world.api.reading.limit
    assert limit is not None
    world.api.set_outside(replace(limit, amount=None))
    world.check(after=FIVE)

    world.check(after=HOUR)

    (event,) = world.queued()
    assert event.detail.endswith("over by now: limit_changed_outside")
    assert [each.channel for each in world.notifications] == ["finops"]


def test_an_alert_of_a_policy_that_is_gone_goes_to_the_default_channels() -> None:
    world = world_of(HALF)
    silence(world)
    world.spend(2600)
    world.check(after=FIVE)
    world.policies.policies = policy_set()
    world.check(after=FIVE)

    world.check(after=HOUR)

    (notification,) = world.notifications
    assert notification.channel == "finops"
    assert "acme-monthly/half" in notification.message.events[0].detail


def test_many_that_are_over_are_counted() -> None:
    world = World()
    with world.transaction() as work:
        for number in range(7):
            over = alert(f"t{number}", state=AlertState.RESOLVED)
            work.save_alert(replace(over, muted_by="sl_1", muted_kind=EventKind.FIRED))

    with world.transaction() as work:
        now = world.clock.now()
        (one,) = unmuted(work, "acme", world.policies.current(), now)

    assert one.event.detail.startswith("7 alerts were muted by silence sl_1 and are")
    assert one.event.detail.endswith("acme-monthly/t4 and 2 more")


def test_what_another_process_has_told_is_not_told_again() -> None:
    world = World()
    muted = alert(muted_by="sl_1", muted_kind=EventKind.FIRED)
    with world.transaction() as work:
        work.save_alert(muted)
        assert work.unmute(muted, world.clock.now())
        assert not work.unmute(muted, world.clock.now())

        assert unmuted(work, "acme", world.policies.current(), world.clock.now()) == ()


def failing_world() -> World:
    """Give a world whose one default channel is about to fail."""
    wired = with_channels(finops="mail", mail=None)
    world = World(policies=in_force(policy(HALF_TO_DEFAULT), guard=wired.guard))
    world.check()
    return world


HALF_TO_DEFAULT = threshold()


def test_news_of_the_guard_itself_waits_for_the_end_of_the_silence_too() -> None:
    world = failing_world()
    silence(world, kind=AlertKind.DELIVERY_FAILED)
    world.channels["finops"].standing = replace(
        world.channels["finops"].standing, is_delivered=False, error="503"
    )
    world.spend(2600)
    world.check(after=FIVE)
    for _ in range(12):
        world.deliver(after=timedelta(seconds=15))
    failed = [e for e in world.queued() if e.alert_kind == "delivery_failed"]
    assert failed == []
    (fact,) = world.facts(AuditAction.ALERT_MUTED)
    assert fact.chain == SYSTEM

    world.check(after=HOUR)

    (event,) = (e for e in world.queued() if e.alert_kind == "delivery_failed")
    assert event.kind is EventKind.FIRED
    # Anywhere but to the channel that fails.
    (sent,) = (e for e in world.notifications if event in e.message.events)
    assert (sent.channel, sent.organization) == ("mail", SYSTEM)


def test_who_hears_of_an_alert_follows_from_the_policies_in_force() -> None:
    policies = policy_set(policy(HALF))

    assert channels_about(alert("half"), policies) == ("oncall",)
    assert channels_about(alert("gone"), policies) == ("finops",)
