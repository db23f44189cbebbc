"""The whole product around one simulated provider, on a clock that a test moves."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from service.bootstrap import Application, build
from service.domain.alert import Alert
from service.domain.audit import AuditEntry
from service.domain.check import Check
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification
from service.pipeline.cycle import run_check
from service.pipeline.deliver import deliver_due
from service.ports import AlertFilter, Page, PageRequest
from service.settings import read_settings
from service.simulator.configuration import SimulatorConfig
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.acceptance.sink import Sink, running_sink

HOUR = timedelta(hours=1)
MOST = 1000
KEY = "sg_test_acme_admin"

Item = TypeVar("Item")

GUARD = """
version: 1
organizations:
  - name: acme
    base_url: {base_url}
    api_key: {key}
    currency: EUR
    {organization}
    guardrails: {guardrails}
channels:
  - {{name: finops, url: "${{SPENDGUARD_SLACK_URL}}", fallback: finops-mail}}
  - {{name: finops-mail, url: "${{SPENDGUARD_EMAIL_URL}}"}}
default_channels: [finops]
unknown_after: 15m
"""


class SimulatedTime:
    """The simulator's clock as the product sees it; sleeping lets it pass."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def now(self) -> datetime:
        return self._simulator.clock.now()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, duration: timedelta) -> None:
        self._simulator.advance(duration)


@dataclass(kw_only=True)
class World:
    """A provider, an installation of the product and a sink; restarts at will."""

    simulator: Simulator
    base_url: str
    sink: Sink
    folder: Path
    database_url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    application: Application = field(init=False)

    def write(
        self,
        policies: str,
        *,
        guardrails: str = "{cooldown: 0s}",
        organization: str = "on_drift: adopt",
    ) -> None:
        self.folder.mkdir(exist_ok=True)
        guard = GUARD.format(
            base_url=self.base_url,
            key=KEY,
            guardrails=guardrails,
            organization=organization,
        )
        (self.folder / "guard.yaml").write_text(guard)
        (self.folder / "policies.yaml").write_text(policies)

    def start(self) -> None:
        environment = {
            "SPENDGUARD_DATABASE_URL": self.database_url,
            "SPENDGUARD_POLICIES": str(self.folder),
            "SPENDGUARD_CHECK_INTERVAL": "3600",
            "SPENDGUARD_SLACK_URL": self.sink.url("slack"),
            "SPENDGUARD_EMAIL_URL": self.sink.url("mail"),
            **self.settings,
        }
        self.application = build(
            read_settings(environment),
            environment,
            clock=SimulatedTime(self.simulator),
        )
        self.application.prepare()

    def restart(self) -> None:
        self.application.close()
        self.start()

    def check(self) -> Check:
        return run_check(self.application.services, "acme")

    def step(self, by: timedelta = HOUR) -> Check:
        """Let time pass, check, deliver."""
        self.simulator.advance(by)
        check = self.check()
        self.deliver()
        return check

    def deliver(self) -> int:
        return deliver_due(self.application.services)

    def alerts(self) -> tuple[Alert, ...]:
        queries = self.application.services.queries
        return everything(lambda page: queries.alerts(AlertFilter(), page))

    def changes(self) -> tuple[LimitChange, ...]:
        queries = self.application.services.queries
        return everything(lambda page: queries.limit_changes("acme", page))

    def notifications(self) -> tuple[Notification, ...]:
        queries = self.application.services.queries
        return everything(lambda page: queries.notifications(None, page))

    def audit(self, chain: str = "acme") -> tuple[AuditEntry, ...]:
        queries = self.application.services.queries
        return everything(lambda page: queries.audit(chain, None, page))


def everything(ask: Callable[[PageRequest], Page[Item]]) -> tuple[Item, ...]:
    """Walk through all pages of a list; oldest first."""
    page = ask(PageRequest(limit=MOST))
    items = list(page.items)
    while page.next_cursor is not None:
        page = ask(PageRequest(limit=MOST, cursor=page.next_cursor))
        items.extend(page.items)
    return tuple(reversed(items))


@contextmanager
def running_world(
    config: SimulatorConfig,
    folder: Path,
    database_url: str,
    **settings: str,
) -> Iterator[World]:
    """Serve a provider and a sink, and clean up whatever the test left running."""
    simulator = Simulator(config)
    with running_sink() as sink, SimulatorServer(simulator) as server:
        world = World(
            simulator=simulator,
            base_url=server.base_url,
            sink=sink,
            folder=folder / "policies",
            database_url=database_url,
            settings=settings,
        )
        try:
            yield world
        finally:
            if hasattr(world, "application"):
                world.application.close()
