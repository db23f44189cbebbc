"""Everything around the service: provider, sink, clock, database, policies."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.simulator.configuration import SimulatorConfig
from service.simulator.server import SimulatorServer
from tests.torture.clock import SteeredClock
from tests.torture.database import new_database
from tests.torture.gate import Gate
from tests.torture.ledger import Ledger
from tests.torture.process import Process, Program, loaded_program
from tests.torture.provider import HeldProvider
from tests.torture.sink import HeldSink, running_sink

_ADMIN_KEY = "sg_test_torture_admin"
AUTHORIZED = {"Authorization": f"Bearer {_ADMIN_KEY}"}
_ORGANIZATION = """\
  - name: {name}
    base_url: {base_url}
    api_key: {key}
    currency: EUR
    guardrails: {guardrails}
"""
# Leases run for 90 s.
LEASE = timedelta(seconds=91)
_CHANNELS = """\
channels:
  - {name: finops, url: "${FINOPS_URL}"}
  - {name: finops-mail, url: "${MAIL_URL}"}
default_channels: [finops]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What stays when a service dies."""

    folder: Path
    provider: HeldProvider
    sink: HeldSink
    gate: Gate
    ledger: Ledger
    program: Program
    variables: Mapping[str, str]
    clock: SteeredClock
    clock_file: Path

    def start(self) -> Process:
        return self.program.start(self.variables, self.clock_file)

    def bury(self, service: Process) -> None:
        """Kill a service, and let its leases run out where it has them."""
        service.kill()
        if not self.ledger.is_sqlite:
            self.ledger.let_leases_pass(LEASE)
            self.pass_time(LEASE)

    def pass_time(self, by: timedelta) -> None:
        """Move the clocks on: the service's and the provider's.

        Not the leases', for whoever lives has a new one at every check.
        """
        # The provider first: whoever looks at the new time must see its spend.
        self.provider.advance(by)
        self.show_time()

    def pass_time_until(self, at: datetime) -> None:
        self.pass_time(at - self.provider.clock.now())

    def show_time(self) -> None:
        clock = self.provider.clock
        self.clock.show(clock.now(), stands=not clock.speed)

    def limit(self, organization: str) -> int:
        return self.provider.standing(organization).limit.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a world starts with."""

    database: str
    provider: SimulatorConfig
    guardrails: str
    policies: str
    interval: timedelta


@contextmanager
def running_world(setting: Setting, folder: Path) -> Iterator[World]:
    """Open a world in a folder, and close it with all its processes."""
    with ExitStack() as stack:
        database = stack.enter_context(new_database(setting.database, folder))
        ledger = Ledger(database)
        stack.callback(ledger.close)
        gate = Gate()
        provider = HeldProvider(setting.provider, gate, ledger)
        server = stack.enter_context(SimulatorServer(provider))
        sink = stack.enter_context(running_sink(gate, ledger))
        program = stack.enter_context(loaded_program(folder))
        _write(folder / "policies", setting, server.base_url)
        clock_file = folder / "clock"
        world = World(
            folder=folder,
            provider=provider,
            sink=sink,
            gate=gate,
            ledger=ledger,
            program=program,
            clock=SteeredClock(clock_file),
            clock_file=clock_file,
            variables={
                "SPENDGUARD_DATABASE_URL": database,
                "SPENDGUARD_POLICIES": str(folder / "policies"),
                "SPENDGUARD_CHECK_INTERVAL": str(int(setting.interval.total_seconds())),
                "SPENDGUARD_ADMIN_KEY": _ADMIN_KEY,
                "FINOPS_URL": sink.url("finops"),
                "MAIL_URL": sink.url("mail"),
            },
        )
        world.show_time()
        yield world


def _write(folder: Path, setting: Setting, base_url: str) -> None:
    folder.mkdir()
    organizations = "".join(
        _ORGANIZATION.format(
            name=each.name,
            base_url=base_url,
            key=each.admin_key,
            guardrails=setting.guardrails,
        )
        for each in setting.provider.organizations
    )
    guard = f"version: 1\norganizations:\n{organizations}{_CHANNELS}"
    (folder / "guard.yaml").write_text(guard, encoding="utf-8")
    (folder / "policies.yaml").write_text(setting.policies, encoding="utf-8")
