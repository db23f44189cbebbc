"""Who may write, what bounds it, and all the ports in one bundle."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from service.domain.durations import Histogram, Work
from service.domain.policy_set import PolicySet
from service.ports.queries import Queries
from service.ports.unit_of_work import UnitOfWork
from service.ports.world import AdminApi, Channel, Clock, PolicySource


class Lock(Protocol):
    """A hold on an organization (or the whole service) that one process may have."""

    def is_held(self, least: timedelta) -> bool:
        """Say whether it is still ours for at least that long."""
        ...


class Locks(Protocol):
    """Who may write: one process per organization, one `serve` per SQLite file."""

    def organization(
        self, organization: str, wait: timedelta
    ) -> AbstractContextManager[Lock]:
        """Hold an organization; raise `WriterBusy` if another keeps it that long."""
        ...

    def service(self) -> AbstractContextManager[None]:
        """Hold the database for a `serve`; raise `WriterBusy` if another has it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings from outside the policy files (`SPENDGUARD_MAX_LIMIT`).

    Whole units in each organization's currency; `every` holds where none is named.
    """

    every: int | None = None
    by_organization: tuple[tuple[str, int], ...] = ()

    def ceiling(self, organization: str) -> int | None:
        """Give the ceiling of an organization, None where there is none."""
        return dict(self.by_organization).get(organization, self.every)


class PoliciesInForce(Protocol):
    """The policy set in force, shared by all threads."""

    def current(self) -> PolicySet:
        """Give the set in force; raise `NotFound` when none was ever good."""
        ...

    def error(self) -> str | None:
        """Give why the newest load was refused, None when it was not."""
        ...


class Durations(Protocol):
    """How long the work of this process took."""

    def observe(self, work: Work, seconds: float) -> None:
        """Count one piece of work."""
        ...

    def read(self) -> Mapping[Work, Histogram]:
        """Give what was seen so far, for every kind of work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All the ports in one bundle, built once by bootstrap.

    `jitter` gives a number from 0 to 1; `wake_delivery` is called after a commit that
    put something into the outbox. `observations_kept` is how long what checks read is
    kept. `webhook_secret` signs news of the repository.
    """

    clock: Clock
    policies: PoliciesInForce
    policy_source: PolicySource
    admin_api: Callable[[str], AdminApi]
    channel: Callable[[str], Channel]
    transaction: Callable[[], AbstractContextManager[UnitOfWork]]
    queries: Queries
    locks: Locks
    durations: Durations
    limits: Limits
    check_interval: timedelta
    jitter: Callable[[], float]
    wake_delivery: Callable[[], None]
    observations_kept: timedelta = timedelta(days=400)
    public_url: str | None = None
    audit_key: bytes | None = None
    webhook_secret: bytes | None = None
