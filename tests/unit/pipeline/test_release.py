"""What a person says when a limit that follows holds."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.audit import AuditAction
from service.domain.errors import Conflict, NotFound
from service.domain.notification import EventKind
from service.domain.track_state import Hold, HoldReason
from service.pipeline.release import release_tracking
from tests.builders import MINUTE, NOON, policy, policy_set
from tests.fakes import FixedPolicies
from tests.unit.pipeline.checked_world import World

ALICE = "key:alice"
TRACKED = policy_set(policy(track={"headroom": "2d"}))
HOLD = Hold(since=NOON, why=HoldReason.PACE, fastest=Decimal(300))


def holding() -> World:
    """Give acme whose limit holds, as a check has told."""
    world = World(policies=FixedPolicies(TRACKED))
    with world.services().transaction() as work:
        state = work.state("acme")
        work.save_state(replace(state, track=replace(state.track, hold=HOLD)))
    world.check()
    return world


def release(world: World) -> Hold:
    services = world.services()
    return release_tracking(services, actor=ALICE, organization="acme").hold


def test_it_goes_on_at_once_and_the_alert_is_over() -> None:
    world = holding()
    (alert,) = world.tables.alerts_by_id.values()
    assert alert.state is AlertState.FIRING
    world.clock.advance(MINUTE)

    assert release(world).why is HoldReason.PACE

    (alert,) = world.tables.alerts_by_id.values()
    assert alert.state is AlertState.RESOLVED
    (told,) = world.queued(EventKind.RESOLVED)
    assert "released by key:alice" in told.detail
    track = world.tables.states["acme"].track
    assert track.hold is None
    assert track.release is not None
    assert track.release.pace == 300


def test_who_released_it_is_recorded() -> None:
    world = holding()
    release(world)

    (fact,) = (
        each
        for each in world.tables.facts
        if each.action is AuditAction.TRACKING_RELEASED
    )
    assert (fact.actor, fact.outcome, fact.reason) == (ALICE, "released", "pace")


def test_a_hold_that_no_check_has_told_yet_is_released_in_silence() -> None:
    world = holding()
    world.tables.alerts_by_id.clear()

    release(world)

    assert world.queued(EventKind.RESOLVED) == []


def test_where_nothing_is_held_there_is_nothing_to_release() -> None:
    world = World(policies=FixedPolicies(TRACKED))
    world.check()

    with pytest.raises(Conflict, match="nothing is held"):
        release(world)
    with pytest.raises(NotFound):
        release_tracking(world.services(), actor=ALICE, organization="nobody")
