"""A live world, and a replay that is given the same observations."""

from dataclasses import replace
from datetime import timedelta

from service.domain.approval import Approval
from service.domain.check import UsageMonth
from service.domain.limit_change import LimitChange
from service.domain.notification import Event
from service.domain.period import month_of, previous_month
from service.domain.replay import Moment, Replay
from service.domain.usage import UsageSnapshot
from service.pipeline.attribution import with_limit_log
from service.pipeline.collect import collect
from service.pipeline.decide import alerts_by_key
from tests.builders import HOUR, Number
from tests.unit.pipeline.checked_world import World


class Twins:
    """Each step is checked live and replayed, and must have come to the same."""

    def __init__(self, world: World, *past: UsageMonth) -> None:
        self.world = world
        policies = world.policies.current()
        (organization,) = policies.guard.organizations
        self._organization = organization
        self.replay = Replay(policies, organization, past=past)
        with world.tables.transaction() as work:
            for month in past:
                work.save_usage(month)

    def step(self, spend: Number, after: timedelta = HOUR) -> Moment:
        self.world.clock.advance(after)
        self.world.spend(spend)
        return self.again()

    def again(self) -> Moment:
        """Check what there is now, live and in the replay."""
        snapshot = self.snapshot()
        check = self.world.check()
        moment = self.replay.step(snapshot)
        assert replace(moment.check, took_ms=check.took_ms) == check
        self.require_the_same()
        return moment

    def snapshot(self) -> UsageSnapshot:
        world, services = self.world, self.world.services()
        with world.tables.transaction() as work:
            state = work.state("acme")
        wanted = world.policies.current().of("acme")
        seen = collect(world.api, wanted, state, now=world.clock.now()).snapshot
        return with_limit_log(services, self._organization, state, seen)

    def require_the_same(self) -> None:
        tables, memory = self.world.tables, self.replay.memory
        now = self.world.clock.now()
        live = replace(tables.states["acme"], workspaces=(), workspaces_at=None)
        assert replace(memory.state, workspaces=(), workspaces_at=None) == live
        since = previous_month(month_of(now)).start
        with tables.transaction() as work:
            assert memory.alerts(now) == alerts_by_key(work, "acme", since)
            assert memory.changes(now) == work.limit_changes("acme", since)
        assert memory.approvals() == tuple(tables.approvals_by_id.values())

    def told_of(self, moment: Moment) -> list[Event]:
        return [each.event for each in moment.told]

    @property
    def approval(self) -> Approval:
        (only,) = self.replay.memory.approvals()
        return only

    @property
    def changes(self) -> tuple[LimitChange, ...]:
        return self.replay.memory.changes(self.world.clock.now())
