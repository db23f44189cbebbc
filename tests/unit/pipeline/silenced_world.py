"""A world in which somebody silences alerts, and what is told all the same."""

from datetime import timedelta

from service.domain.notification import EventKind
from service.domain.policy import Threshold
from service.domain.silence import Matchers, Silence
from service.pipeline.respond_silences import (
    SilenceRequest,
    create_silence,
)
from tests.builders import (
    HOUR,
    MINUTE,
    Fields,
    policy,
    threshold,
)
from tests.unit.pipeline.checked_world import World, in_force

HALF = threshold(notify=["oncall"])
FIVE = 5 * MINUTE


def world_of(*thresholds: Threshold) -> World:
    world = World(policies=in_force(policy(*thresholds)))
    world.check()
    return world


def silence(world: World, lasts: timedelta = HOUR, **matchers: Fields) -> Silence:
    now = world.clock.now()
    return create_silence(
        world.services(),
        SilenceRequest(
            matchers=Matchers(**(matchers or {"policy_id": "acme-monthly"})),
            starts_at=now,
            ends_at=now + lasts,
            comment="load test",
            actor="key:alice",
        ),
    )


def told(world: World) -> list[EventKind]:
    return [event.kind for event in world.queued()]


def only_alert(world: World, threshold_id: str = "half") -> str:
    found = world.tables.alerts_by_id.values()
    (one,) = (each for each in found if each.key.threshold_id == threshold_id)
    return one.id
