"""Channels prove themselves: by messages, by tests, and by fire drills."""

from dataclasses import replace

from typing_extensions import override

from service.domain.notification import Delivery, EventKind
from service.domain.proof import Proof
from service.pipeline.drill import drill_channels
from service.pipeline.respond_notifications import send_test
from tests.builders import DAY, HOUR, MINUTE, guard, policy, policy_set, threshold
from tests.fakes import FixedPolicies, MemoryQueries, Tables
from tests.unit.pipeline.checked_world import World, in_force

FAILED = Delivery(is_delivered=False, error="finops: 503")


def proof(world: World, channel: str = "finops") -> Proof:
    return world.tables.proofs_by_channel[channel]


def drilled(world: World) -> tuple[str, ...]:
    return drill_channels(world.services())


def alerting() -> World:
    """Give a world with a message about half of the budget in its outbox."""
    world = World(policies=in_force(policy(threshold())))
    world.spend(2600)
    world.check()
    return world


def test_a_message_that_arrived_is_proof() -> None:
    world = alerting()

    world.deliver()

    (sent,) = world.notifications
    assert proof(world).delivered_at == world.clock.now()
    assert proof(world).delivered_id == sent.id


def test_a_failure_is_kept_beside_the_last_proof() -> None:
    world = alerting()
    world.deliver()
    proven_at = world.clock.now()
    world.channels["finops"].standing = FAILED
    world.spend(1000)
    world.check(after=HOUR)

    send_test(world.services(), actor="key:alice", channel="finops")

    assert proof(world).delivered_at == proven_at
    assert proof(world).failed_at == world.clock.now()
    assert proof(world).error == "finops: 503"
    assert proof(world).is_failing


def test_a_test_is_proof_as_well() -> None:
    world = World()

    send_test(world.services(), actor="key:alice", channel="oncall")

    assert proof(world, "oncall").delivered_id == world.channels["oncall"].ids[0]


def test_a_failed_delivery_is_on_the_channel() -> None:
    world = alerting()
    world.channels["finops"].standing = FAILED

    world.deliver()

    assert proof(world).delivered_at is None
    assert proof(world).error == "finops: 503"


def test_every_channel_is_drilled_once_an_interval() -> None:
    world = World()

    assert drilled(world) == ()
    world.clock.advance(7 * DAY - MINUTE)
    assert drilled(world) == ()
    world.clock.advance(MINUTE)
    assert drilled(world) == ("finops", "oncall")
    assert drilled(world) == ()
    world.deliver()
    world.clock.advance(6 * DAY)
    assert drilled(world) == ()
    world.clock.advance(DAY)
    assert drilled(world) == ("finops", "oncall")

    kinds = [event.kind for event in world.queued()]
    assert kinds == [EventKind.DRILL] * 4
    assert world.wakes == 2


def test_a_message_that_arrived_makes_a_drill_needless() -> None:
    world = alerting()
    drilled(world)
    world.clock.advance(6 * DAY)
    world.deliver()

    world.clock.advance(6 * DAY)

    assert drilled(world) == ("oncall",)


def test_without_an_interval_nothing_is_drilled() -> None:
    never = policy_set(guard=guard(fire_drill="0s"))
    world = World(policies=FixedPolicies(never))
    drilled(world)

    world.clock.advance(365 * DAY)

    assert drilled(world) == ()


class BehindQueries(MemoryQueries):
    """Gives the proofs as they were when this was made."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._seen = super().proofs()

    @override
    def proofs(self) -> tuple[Proof, ...]:
        return self._seen


def test_another_process_that_is_quicker_drills_alone() -> None:
    world = World()
    drilled(world)
    world.clock.advance(8 * DAY)
    behind = replace(world.services(), queries=BehindQueries(world.tables))
    drilled(world)

    assert drill_channels(behind) == ()
    assert len(world.notifications) == 2


def test_a_drill_carries_the_heads_of_the_log() -> None:
    world = alerting()
    drilled(world)
    world.clock.advance(8 * DAY)

    drilled(world)

    sent = [e for e in world.notifications if e.channel == "oncall"]
    heads = {each.chain: each for each in sent[0].message.heads}
    newest = [each for each in world.tables.entries if each.fact.chain == "acme"]
    assert heads.keys() == {"system", "acme"}
    assert heads["acme"].hash == newest[-1].hash


def test_the_heads_go_out_with_the_first_message_of_a_day() -> None:
    limit = threshold(id="near", limit="20%")
    world = World(policies=in_force(policy(limit, threshold())))
    world.check()
    world.spend(2100)
    world.check(after=5 * MINUTE)
    world.spend(2600)
    world.check(after=5 * MINUTE)
    world.spend(1000)
    for _ in range(3):
        world.check(after=8 * HOUR)

    told = [each.message for each in world.notifications]
    firsts = {each.at.date(): each for each in reversed(told)}
    assert len(firsts) == 2
    assert [each for each in told if each.heads] == sorted(
        firsts.values(), key=lambda each: each.at
    )
    first = world.tables.entries[told[0].heads[0].seq - 1]
    assert told[0].heads[0].hash == first.hash
