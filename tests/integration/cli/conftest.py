"""A place with policies, an empty database and a simulated provider to call from."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
import structlog
from typing_extensions import override

from service.bootstrap import SystemClock
from service.cli.frame import run
from service.simulator import scenarios
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator

ADMIN_API_KEY = "sg_test_acme_admin"

GUARD = """\
version: 1
organizations:
  - name: acme
    base_url: {base_url}
    api_key: ${{ACME_KEY}}
    currency: EUR
    guardrails: {{max_limit: 8000}}
channels:
  - name: finops
    url: ${{FINOPS_URL}}
default_channels: [finops]
"""

POLICIES = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 7000, currency: EUR, period: month}
    thresholds:
      - {id: anything, spend: 0.01, severity: info}
      - {id: everything, spend: 100%}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Place:
    """A folder to call commands from; `variables` is all of their environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def write_policies(self, guard: str, policies: str = POLICIES) -> None:
        folder = self.folder / "policies"
        folder.mkdir(exist_ok=True)
        (folder / "guard.yaml").write_text(guard, encoding="utf-8")
        (folder / "acme.yaml").write_text(policies, encoding="utf-8")

    def process_environment(self) -> dict[str, str]:
        """Give the environment for a command in a process of its own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SPENDGUARD_")
        }
        return {**kept, **self.variables}


Cli = Callable[..., Ended]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def provider() -> Iterator[SimulatorServer]:
    """Serve a healthy month at the present time."""
    config = scenarios.build("healthy", start=SystemClock().now(), speed=1.0)
    with SimulatorServer(Simulator(config)) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, provider: SimulatorServer) -> Place:
    made = Place(
        tmp_path,
        {
            "SPENDGUARD_DATABASE_URL": f"sqlite:///{tmp_path / 'spendguard.db'}",
            "SPENDGUARD_POLICIES": str(tmp_path / "policies"),
            "ACME_KEY": ADMIN_API_KEY,
            # Nobody listens there: a delivery fails at once.
            "FINOPS_URL": "json://127.0.0.1:9/sg_test_hook",
        },
    )
    made.write_policies(GUARD.format(base_url=provider.base_url))
    return made


@pytest.fixture
def cli(place: Place, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process, on that place."""

    def call(*arguments: str, **variables: str) -> Ended:
        environment: Mapping[str, str] = {**place.variables, **variables}
        capfd.readouterr()
        code = run(arguments, environment)
        sys.stdout.flush()
        printed = capfd.readouterr()
        return Ended(code, printed.out, printed.err)

    return call


@pytest.fixture
def ready(cli: Cli) -> Cli:
    """Like `cli`, with a database."""
    assert cli("db", "upgrade").code == 0
    return cli


class Heartbeats:
    """A dead man's switch on loopback; `paths` are those that were called."""

    def __init__(self) -> None:
        self.paths: Queue[str] = Queue()
        paths = self.paths

        class Switch(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                paths.put(self.path)
                self.send_response(204)
                self.end_headers()

            @override
            def log_message(self, *arguments: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Switch)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sg_test_beat"


@pytest.fixture
def heartbeats() -> Iterator[Heartbeats]:
    switch = Heartbeats()
    thread = Thread(target=switch.server.serve_forever, daemon=True)
    thread.start()
    yield switch
    switch.server.shutdown()
    switch.server.server_close()
    thread.join()
