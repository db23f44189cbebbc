"""All that a check, a delivery or a person's limit needs, in memory."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from service.domain.audit import AuditAction, Fact
from service.domain.check import Check
from service.domain.errors import NotFound, StorageUnavailable
from service.domain.limit_change import LimitChange
from service.domain.notification import Event, EventKind, Notification
from service.domain.policy import Policy
from service.domain.policy_set import PolicySet
from service.pipeline.cycle import run_check
from service.pipeline.deliver import deliver_due
from service.pipeline.durations import MeasuredDurations
from service.ports import Limits, Services
from tests.builders import NOON, Number, guard, policy_set, reading, report_of
from tests.fakes import (
    FakeAdminApi,
    FakeClock,
    FakeLocks,
    FixedPolicies,
    MemoryQueries,
    MemoryUnitOfWork,
    RecordingChannel,
    Tables,
)

SPENT = 1000
LIMIT = 10_000


@dataclass(kw_only=True)
class World:
    """Acme at noon of the 20th: 1000 EUR spent of a limit of 10,000."""

    policies: FixedPolicies = field(default_factory=lambda: FixedPolicies(policy_set()))
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    tables: Tables = field(default_factory=Tables)
    locks: FakeLocks = field(default_factory=FakeLocks)
    api: FakeAdminApi = field(
        default_factory=lambda: FakeAdminApi(reading(SPENT, LIMIT))
    )
    channels: dict[str, RecordingChannel] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    durations: MeasuredDurations = field(default_factory=MeasuredDurations)
    jitter: float = 0.0
    wakes: int = 0
    opened: int = 0
    # The number of the transaction that cannot be had.
    broken_at: int | None = None

    def __post_init__(self) -> None:
        for each in self.policies.current().guard.channels:
            self.channels[each.name] = RecordingChannel()
        self.spend(SPENT)

    def spend(self, amount: Number) -> None:
        """Let both sources say that so much was spent in the clock's month."""
        at = self.clock.now()
        report = report_of(amount, at)
        self.api.reports[report.period.key, ""] = report
        self.api.reading = reading(amount, self.limit_amount)

    @property
    def limit_amount(self) -> int | None:
        limit = self.api.reading.limit
        assert limit is not None
        return None if limit.amount is None else int(limit.amount.amount)

    def channel(self, name: str) -> RecordingChannel:
        if name not in self.channels:
            raise NotFound(f"no channel is called {name!r}")
        return self.channels[name]

    def transaction(self) -> AbstractContextManager[MemoryUnitOfWork]:
        self.opened += 1
        if self.opened == self.broken_at:
            raise StorageUnavailable("the disk is full")
        return self.tables.transaction()

    def wake(self) -> None:
        self.wakes += 1

    def services(self) -> Services:
        return Services(
            clock=self.clock,
            policies=self.policies,
            policy_source=self.policies,
            admin_api=lambda _: self.api,
            channel=self.channel,
            transaction=self.transaction,
            queries=MemoryQueries(self.tables),
            locks=self.locks,
            durations=self.durations,
            limits=self.limits,
            check_interval=timedelta(minutes=5),
            jitter=lambda: self.jitter,
            wake_delivery=self.wake,
            public_url="https://guard.example",
        )

    def check(self, *, after: timedelta = timedelta(0)) -> Check:
        self.clock.advance(after)
        return run_check(self.services(), "acme")

    def deliver(self, *, after: timedelta = timedelta(0)) -> int:
        self.clock.advance(after)
        return deliver_due(self.services())

    @property
    def changes(self) -> list[LimitChange]:
        return list(self.tables.changes_by_id.values())

    @property
    def notifications(self) -> list[Notification]:
        return list(self.tables.notifications_by_id.values())

    def facts(self, *actions: AuditAction) -> list[Fact]:
        """Give the audit log, or what of it has one of these actions."""
        wanted = set(actions)
        return [e for e in self.tables.facts if not wanted or e.action in wanted]

    def queued(self, kind: EventKind | None = None) -> list[Event]:
        """Give the events of every notification, or those of a kind."""
        return [
            event
            for each in self.notifications
            for event in each.message.events
            if kind in {None, event.kind}
        ]


def in_force(*policies: Policy, **changes: object) -> FixedPolicies:
    return FixedPolicies(policy_set(*policies, **changes))


def with_channels(**fallbacks: str | None) -> PolicySet:
    """Give a set with these channels; the first one is the default."""
    channels = [
        {"name": name, "url": "json://127.0.0.1/sg_test", "fallback": fallback}
        for name, fallback in fallbacks.items()
    ]
    first = next(iter(fallbacks))
    return policy_set(guard=guard(channels=channels, default_channels=(first,)))
