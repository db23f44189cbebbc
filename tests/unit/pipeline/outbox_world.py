"""A world with messages in its outbox, and what its channels do with them."""

from dataclasses import replace
from datetime import timedelta

from service.domain.notification import (
    Delivery,
    Event,
    Notification,
)
from service.domain.policy import Severity
from service.pipeline.outbox import enqueue
from tests.builders import Fields
from tests.fakes import FixedPolicies, RecordingChannel
from tests.unit.domain.messages import event, message, notification
from tests.unit.pipeline.checked_world import World, with_channels

SECOND = timedelta(seconds=1)
FAILED = Delivery(is_delivered=False, error="503")
CRITICAL = replace(message(), severity=Severity.CRITICAL)


def world_of(*waiting: Notification, **fallbacks: str | None) -> World:
    """Give a world with these channels (their fallbacks) and messages in the outbox."""
    channels = fallbacks or {"finops": None}
    world = World(policies=FixedPolicies(with_channels(**channels)))
    with world.transaction() as work:
        enqueue(work, waiting)
    return world


def dead(world: World, *names: str) -> None:
    for name in names:
        world.channels[name].standing = FAILED


def the(world: World, notification_id: str = "nt_1") -> Notification:
    return world.tables.notifications_by_id[notification_id]


def one(
    name: str, channel: str = "finops", *events: Event, **to: Fields
) -> Notification:
    told = events or (event(detail=name),)
    return notification(*told, id=name, channel=channel, **to)


def told(channel: RecordingChannel) -> list[str]:
    return [each.detail for each in channel.events]


def keep_delivering(world: World, span: timedelta, every: timedelta = SECOND) -> None:
    for _ in range(span // every):
        world.deliver(after=every)
