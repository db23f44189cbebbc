"""A decision and all that follows from it are kept together, or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import Alert, AlertKind, AlertState, health_key
from service.domain.audit import AuditAction, Fact
from service.domain.errors import NotFound, StorageUnavailable
from service.domain.messages import HOLD
from service.domain.notification import NotificationState
from service.domain.policy import Severity
from service.pipeline.decide import remember, require_organization
from service.ports import Limits
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    change,
    check,
    organization,
    policy,
    policy_set,
    raising,
    state,
    threshold,
)
from tests.unit.pipeline.checked_world import World, in_force


def world_over_half(**written: object) -> World:
    world = World(policies=in_force(policy(threshold(**written))))
    world.spend(2600)
    return world


def test_what_is_decided_is_kept_with_its_audit_entries() -> None:
    world = world_over_half(then=raising(500))
    world.broken_at = 3  # the intent: nothing of the change itself happens

    with pytest.raises(StorageUnavailable):
        world.check()

    tables = world.tables
    (alert,) = tables.alerts_by_id.values()
    (planned,) = tables.changes_by_id.values()
    (made,) = tables.checks_by_id.values()
    (waiting,) = tables.notifications_by_id.values()
    assert list(tables.months) == [("acme", "2026-08", "")]
    assert tables.states["acme"].checks == 1
    targets = {fact.target for fact in world.facts()}
    assert targets == {
        "organization:acme",  # the period, and the limit that was seen first
        f"alert:{alert.id}",
        f"limit_change:{planned.id}",
        f"check:{made.id}",
        f"notification:{waiting.id}",
    }


def test_a_decision_that_cannot_be_kept_leaves_nothing() -> None:
    world = world_over_half(then=raising(500))
    world.broken_at = 2

    with pytest.raises(StorageUnavailable):
        world.check()

    assert (world.facts(), world.notifications, world.changes) == ([], [], [])
    assert world.tables.states == {}


def test_a_message_names_its_check_policies_figures_and_links() -> None:
    world = world_over_half()

    made = world.check()

    (waiting,) = world.notifications
    message = waiting.message
    assert waiting.state is NotificationState.PENDING
    assert (message.organization, message.period) == ("acme", "2026-08")
    assert message.revision == world.policies.current().revision == made.revision
    assert message.commit == "abc1234"
    assert message.link == "https://guard.example"
    assert message.figures is not None
    assert str(message.figures.spend) == "2600.00 EUR"
    assert message.burners


def test_without_a_limit_change_a_message_goes_out_at_once() -> None:
    world = world_over_half()
    world.api.then("usage", lambda: world.clock.advance(20 * timedelta(seconds=1)))

    world.check()

    (waiting,) = world.notifications
    assert waiting.next_attempt_at == NOON


def test_a_message_waits_for_its_limit_change_from_the_commit_on() -> None:
    world = world_over_half(then=raising(500))
    world.broken_at = 3
    # Reading took longer than the wait itself.
    reading = timedelta(seconds=20)
    world.api.then("usage", lambda: world.clock.advance(reading))

    with pytest.raises(StorageUnavailable):
        world.check()

    (waiting,) = world.notifications
    assert waiting.next_attempt_at == NOON + reading + HOLD


def test_each_channel_gets_one_message_of_a_check() -> None:
    notify = ["finops", "oncall"]
    thresholds = [
        threshold(id="half", notify=notify),
        threshold(id="third", spend="30%", notify=["oncall"]),
    ]
    world = World(policies=in_force(policy(*thresholds)))
    world.spend(2600)

    world.check()

    assert {
        each.channel: [event.threshold_id for event in each.message.events]
        for each in world.notifications
    } == {"finops": ["half"], "oncall": ["half", "third"]}
    assert len(world.facts(AuditAction.NOTIFICATION_QUEUED)) == 2


def test_a_check_says_how_long_it_took() -> None:
    world = World()
    world.api.then("usage", lambda: world.clock.advance(timedelta(milliseconds=1500)))

    assert world.check().took_ms == 1500


def test_what_is_known_from_before_bounds_a_decision() -> None:
    world = World(limits=Limits(every=8000, by_organization=(("acme", 6000),)))
    last_month, long_ago = NOON - 25 * DAY, NOON - 80 * DAY
    tables = world.tables
    tables.paused = True
    for made in (
        check(id="now"),
        check(id="yesterday", at=NOON - DAY),
        check(id="old", at=NOON - DAY - MINUTE),
    ):
        tables.checks_by_id[made.id] = made
    for each in (
        change(id="recent", planned_at=last_month),
        change(id="old", planned_at=long_ago),
        change(id="other", organization="beta"),
    ):
        tables.changes_by_id[each.id] = each

    services = world.services()
    with services.transaction() as work:
        known = remember(services, work, organization(), state(), NOON)

    assert known.is_paused
    assert known.ceiling == 6000
    assert [each.id for each in known.changes] == ["recent"]
    assert [each.at for each in known.observations] == [NOON - DAY, NOON]
    assert known.check_interval == 5 * MINUTE


def health_alert(firing: int, fired_at_hours_ago: int) -> Alert:
    at = NOON - fired_at_hours_ago * HOUR
    return Alert(
        key=health_key("acme", AlertKind.LIMIT_REACHED),
        firing=firing,
        kind=AlertKind.LIMIT_REACHED,
        severity=Severity.CRITICAL,
        state=AlertState.RESOLVED,
        value=None,
        bound=None,
        unit="",
        fired_at=at,
        resolved_at=at,
    )


def test_a_health_alert_never_takes_the_number_of_one_long_gone() -> None:
    world = World()
    old = health_alert(1, 24 * 100)
    world.tables.alerts_by_id[old.id] = old
    world.api.reading = replace(world.api.reading, is_reached=True)

    world.check()

    assert world.tables.alerts_by_id[old.id] == old
    (fired,) = (e for e in world.tables.alerts_by_id.values() if e.is_open)
    assert fired.firing == 2


def test_an_unknown_organization_is_named_in_the_error() -> None:
    with pytest.raises(NotFound, match="beta"):
        require_organization(policy_set(), "beta")


def test_facts_are_of_the_organizations_own_chain() -> None:
    world = world_over_half(then=raising(500))

    world.check()

    facts: list[Fact] = world.facts()
    assert {fact.chain for fact in facts} == {"acme"}
