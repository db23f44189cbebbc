"""The simulator on a port: in a thread for tests and demos, or in the foreground."""

import socket
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import uvicorn

from service.simulator import scenarios
from service.simulator.asgi import ProviderApp
from service.simulator.configuration import CONSOLE_PREFIX, VERSIONED_PREFIX
from service.simulator.control import build_app
from service.simulator.simulator import Simulator

_LOOPBACK = "127.0.0.1"
_STOP_SECONDS = 10.0
_BACKLOG = 512


class SimulatorServer:
    """Serves a simulator on loopback from a thread, as a context manager."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self._port = port
        self._provider = ProviderApp(simulator)
        self._server = uvicorn.Server(_config(simulator, self._provider))
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None

    @property
    def url(self) -> str:
        """The address without a prefix; the control routes are at /simulator."""
        return f"http://{_LOOPBACK}:{self._port}"

    @property
    def base_url(self) -> str:
        """The admin base in the console's style."""
        return f"{self.url}{CONSOLE_PREFIX}"

    @property
    def versioned_base_url(self) -> str:
        """The admin base in the style of the newest reference."""
        return f"{self.url}{VERSIONED_PREFIX}"

    def start(self) -> Self:
        """Listen; a request that comes before the loop runs waits for it."""
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="simulator", daemon=True
        )
        self._thread.start()
        self._listener = listener
        return self

    def stop(self) -> None:
        """End slow answers, close every connection and the port."""
        if self._thread is None:
            return
        self._provider.close()
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._thread = None
        if self._listener is not None:
            self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only where the protocol is named: without
    # it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_LOOPBACK, port))
    listener.listen(_BACKLOG)
    return listener


def run(  # noqa: PLR0913 - one argument per option of the command
    host: str,
    port: int,
    scenario: str,
    speed: float,
    *,
    start: datetime,
    past_months: int,
    announce: Callable[[str], None],
) -> None:
    """Serve a scenario in the foreground until the process is interrupted.

    `start` is the virtual time to begin at, `speed` virtual seconds per second;
    `past_months` before it have usage.
    `announce` takes the lines a person needs: addresses and admin keys.
    """
    config = scenarios.build(
        scenario, start=start, speed=speed, past_months=past_months
    )
    simulator = Simulator(config)
    provider = ProviderApp(simulator)
    announce(f"{scenario} at {config.start.isoformat()}, {speed:g} times real time")
    announce(f"base_url: http://{host}:{port}{CONSOLE_PREFIX} (or {VERSIONED_PREFIX})")
    for organization in config.organizations:
        announce(f"{organization.name}: admin key {organization.admin_key}")
    announce(f"control:  http://{host}:{port}/simulator/docs")
    uvicorn.Server(_config(simulator, provider, host=host, port=port)).run()
    provider.close()


def _config(
    simulator: Simulator,
    provider: ProviderApp,
    *,
    host: str = _LOOPBACK,
    port: int = 0,
) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(simulator, provider),
        host=host,
        port=port,
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        # A cut-off answer is an error to the server, and here it is meant.
        log_level="critical",
        timeout_graceful_shutdown=2,
    )
