"""The simulated provider in a process of its own, so that its work is not ours.

Run as `python -m benchmarks.provider ORGANIZATIONS START`, until it is stopped.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from benchmarks.children import running
from service.simulator.scenarios import Frame, many
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator

_LISTENING = "listening at "


def key_of(number: int) -> str:
    """Give the admin key of a simulated organization, counted from 0."""
    return f"sg_test_acme-{number:03d}_admin"


@contextmanager
def provider(organizations: int, start: datetime) -> Iterator[str]:
    """Run a provider at a virtual time that goes on like the real one; give its URL."""
    at = start.astimezone(UTC).isoformat()
    command = (sys.executable, "-m", "benchmarks.provider", str(organizations), at)
    with running(command) as child:
        yield child.line_with(_LISTENING)


def _serve(organizations: int, start: datetime) -> None:
    frame = Frame(start=start, speed=1.0, history_months=1)
    simulator = Simulator(many(frame, organizations=organizations))
    with SimulatorServer(simulator) as server:
        print(f"{_LISTENING}{server.url}", flush=True)
        # The default answer to a signal is to end at once; nothing here is kept.
        signal.pause()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
