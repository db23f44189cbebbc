"""F15: two writers looked, and then both acted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from service.bootstrap import SystemClock
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.builders import limit
from tests.failure_modes.stage import RAISE, policies
from tests.unit.pipeline.raising_world import world_that_raises

PROCESSES = 3
GUARD = """
version: 1
organizations:
  - {{name: acme, base_url: "{base_url}", api_key: sg_test_acme_admin, currency: EUR}}
channels:
  - {{name: finops, url: "json://127.0.0.1:9/sg_test_hook"}}
default_channels: [finops]
"""


@pytest.fixture
def provider() -> Iterator[SimulatorServer]:
    """Serve a month that began before today, in the time of other processes."""
    config = scenarios.build("healthy", start=SystemClock().now(), speed=1.0)
    with SimulatorServer(Simulator(config)) as server:
        yield server


def test_processes_that_check_at_once_raise_once(
    provider: SimulatorServer, tmp_path: Path, database_url: str
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "guard.yaml").write_text(GUARD.format(base_url=provider.base_url))
    # Crossed by any spend, so also in the first hours of a month.
    text = policies(RAISE.replace("spend: 1", "spend: 0"))
    (folder / "policies.yaml").write_text(text)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("SPENDGUARD_")},
        "SPENDGUARD_DATABASE_URL": database_url,
        "SPENDGUARD_POLICIES": str(folder),
    }

    def check(_: int) -> int:
        command = [sys.executable, "-m", "service", "check", "acme"]
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, env=environment, capture_output=True, check=False, timeout=60
        )
        return done.returncode

    with ThreadPoolExecutor(max_workers=PROCESSES) as pool:
        codes = list(pool.map(check, range(PROCESSES)))

    assert set(codes) <= {0, 1}
    assert provider.simulator.count(Route.SET_SPEND_LIMIT) == 1
    assert provider.simulator.standing("acme").limit.amount == 4500


def test_a_limit_that_moved_between_look_and_act_is_looked_at_again() -> None:
    """A person lowers the limit after the check has read it, before it acts."""
    world = world_that_raises()
    world.api.then("spend_limit", None, lambda: world.api.set_outside(limit(8000)))

    world.check()

    assert world.api.posts == []
    assert world.limit_amount == 8000


def test_nothing_is_sent_by_who_has_lost_the_lock() -> None:
    world = world_that_raises()
    world.locks.left = timedelta(seconds=1)

    world.check()

    assert world.api.posts == []
