"""`spendguard serve` as a child, and requests to it over kept-open connections."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.children import Child, running, spendguard
from benchmarks.world import ADMIN_KEY, settings_in

_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.005
AUTHORIZED = {"Authorization": f"Bearer {ADMIN_KEY}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A service that is ready: where, in which process, after how many seconds."""

    port: int
    child: Child
    ready_after: float


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve the policies and database of a folder, from ready to stopped."""
    port = free_port()
    begin = time.perf_counter()
    command = (spendguard(), "serve", "--host", _HOST, "--port", str(port))
    with running(command, settings_in(folder)) as child:
        while not _is_ready(port):
            child.require_running()
            if time.perf_counter() - begin > _PATIENCE_SECONDS:
                raise TimeoutError("the service did not become ready")
            time.sleep(_POLL_SECONDS)
        took = time.perf_counter() - begin
        yield Served(port=port, child=child, ready_after=took)


def free_port() -> int:
    """Give a port on loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Connection:
    """One kept-open connection."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._inner = http.client.HTTPConnection(_HOST, port, timeout=30)
        self._headers = dict(headers or {})

    def get(self, path: str) -> bytes:
        """Read a page; raise unless it is there."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        """Send JSON; raise unless it was taken."""
        return self._ask("POST", path, json.dumps(body))

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def _ask(self, method: str, path: str, body: str | None) -> bytes:
        extra = {} if body is None else {"Content-Type": "application/json"}
        self._inner.request(method, path, body, {**self._headers, **extra})
        answer = self._inner.getresponse()
        content = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
