"""Worlds for the tests of this folder, quiet ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
import structlog

from service.simulator.configuration import SimulatorConfig
from tests.acceptance.world import World, running_world


class MakeWorld(Protocol):
    """Starts a provider with a sink; the product starts when the test says so."""

    def __call__(self, config: SimulatorConfig, **settings: str) -> World: ...


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the product's log out of the test's output."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def make_world(tmp_path: Path, database_url: str) -> Iterator[MakeWorld]:
    """Give worlds on each kind of database, closed at the test's end."""
    with ExitStack() as stack:

        def make(config: SimulatorConfig, **settings: str) -> World:
            return stack.enter_context(
                running_world(config, tmp_path, database_url, **settings)
            )

        yield make
