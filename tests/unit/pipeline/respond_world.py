"""Services for what a person may do: storage in memory, a channel that notes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from service.domain.guard import ChannelConfig, Guard, Organization
from service.domain.notification import Delivery, Message
from service.domain.policy_set import PolicySet
from service.pipeline.durations import MeasuredDurations
from service.ports import AdminApi, Limits, Lock, Services
from tests.fakes import FakeClock, FixedPolicies, MemoryQueries, Tables

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
ACTOR = "key:alice"


class HeldLock:
    def is_held(self, least: timedelta) -> bool:
        return least >= timedelta(0)


class NotedLocks:
    """Implements `Locks`; notes which organizations were held, in order."""

    def __init__(self) -> None:
        self.held: list[str] = []

    @contextmanager
    def organization(self, organization: str, wait: timedelta) -> Iterator[Lock]:
        assert wait > timedelta(seconds=45)
        self.held.append(organization)
        yield HeldLock()

    @contextmanager
    def service(self) -> Iterator[None]:
        yield


class NotedChannel:
    """Implements `Channel`; answers what it was told to."""

    def __init__(self) -> None:
        self.answer = Delivery(is_delivered=True)
        self.sent: list[tuple[Message, str]] = []

    def send(self, message: Message, notification_id: str) -> Delivery:
        self.sent.append((message, notification_id))
        return self.answer


def guard() -> Guard:
    organization = Organization(
        name="acme", api_key=SecretStr("sg_test_admin"), currency="EUR"
    )
    channel = ChannelConfig(name="finops", url=SecretStr("json://127.0.0.1/sg_test"))
    return Guard(
        version=1,
        organizations=(organization,),
        channels=(channel,),
        default_channels=("finops",),
    )


def policy_set() -> PolicySet:
    return PolicySet(revision="r1", guard=guard(), policies=(), loaded_at=NOON)


@dataclass
class World:
    tables: Tables = field(default_factory=Tables)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    locks: NotedLocks = field(default_factory=NotedLocks)
    channel: NotedChannel = field(default_factory=NotedChannel)
    audit_key: bytes | None = None
    wakes: list[bool] = field(default_factory=list)

    def services(self) -> Services:
        policies = FixedPolicies(policy_set())
        return Services(
            clock=self.clock,
            policies=policies,
            policy_source=policies,
            admin_api=no_provider,
            channel=lambda _: self.channel,
            transaction=self.tables.transaction,
            queries=MemoryQueries(self.tables),
            locks=self.locks,
            durations=MeasuredDurations(),
            limits=Limits(),
            check_interval=timedelta(minutes=5),
            jitter=lambda: 0.0,
            wake_delivery=lambda: self.wakes.append(True),
            audit_key=self.audit_key,
        )


def no_provider(organization: str) -> AdminApi:
    raise AssertionError(f"nothing here asks the provider of {organization}")
