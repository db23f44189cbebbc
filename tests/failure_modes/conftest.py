"""Worlds for the tests of this folder: the whole product on SQLite, coarse time."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from service.simulator.configuration import SimulatorConfig
from tests.acceptance.world import World, running_world
from tests.failure_modes.stage import MakeWorld, Stage, provider


@pytest.fixture
def make_world(tmp_path: Path, sqlite_url: str) -> Iterator[MakeWorld]:
    """Give worlds of one folder, closed at the test's end."""
    with ExitStack() as stack, structlog.testing.capture_logs():

        def make(config: SimulatorConfig | None = None, **settings: str) -> World:
            return stack.enter_context(
                running_world(config or provider(), tmp_path, sqlite_url, **settings)
            )

        yield make


@pytest.fixture
def stage(make_world: MakeWorld) -> Stage:
    """Give acme in the middle of September, before its first check."""
    return Stage(make_world())
