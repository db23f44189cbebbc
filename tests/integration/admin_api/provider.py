"""A client on a table of answers, or on a small server that misbehaves."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from service.admin_api import Bounds, HttpAdminApi
from service.domain.errors import ProviderError
from service.domain.guard import AuthHeader, Organization
from service.domain.money import Money
from service.domain.usage import SpendLimit
from service.ports import Clock
from tests.fakes import FakeClock

KEY = "sg_test_canary_0f3a9c"
BASE = "https://provider.example/v1/admin"
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[4] / "shared" / "admin-api-examples"

Responder = Callable[[httpx.Request], httpx.Response]


def acme(
    base_url: str = BASE,
    *,
    auth_header: AuthHeader = AuthHeader.X_API_KEY,
) -> Organization:
    return Organization(
        name="acme",
        base_url=base_url,
        api_key=SecretStr(KEY),
        auth_header=auth_header,
        currency="EUR",
    )


def euros(amount: str) -> SpendLimit:
    return SpendLimit(Money(Decimal(amount), "EUR"))


def example(name: str) -> bytes:
    """Give a recorded example, or skip where the folder is not there."""
    path = EXAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return path.read_bytes()


@dataclass(slots=True)
class Provider:
    """Answers in turn, the last one for ever, and remembers what it was asked."""

    answers: Sequence[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        turn = min(len(self.requests), len(self.answers) - 1)
        self.requests.append(request)
        answer = self.answers[turn]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once: each request gets its own copy.
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content
        )


def client(
    responder: Responder,
    *,
    organization: Organization | None = None,
    clock: Clock | None = None,
    jitter: Callable[[], float] = lambda: 1.0,
    bounds: Bounds | None = None,
) -> HttpAdminApi:
    return HttpAdminApi(
        organization or acme(),
        clock=clock or FakeClock(NOON),
        jitter=jitter,
        transport=httpx.MockTransport(responder),
        bounds=bounds,
    )


def answering(value: object, status: int = 200) -> HttpAdminApi:
    """Give a client whose provider says one thing only."""
    return client(Provider([json_answer(value, status)]))


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return httpx.Response(status, headers=headers, content=content)


def failure(call: Callable[[], object]) -> ProviderError:
    """Give the error of the provider's that a call ends with."""
    with pytest.raises(ProviderError) as caught:
        call()
    return caught.value


class RealTime:
    """A clock whose deadlines pass for real, and whose waits do not."""

    def __init__(self) -> None:
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)


Script = Callable[[socket.socket], None]


@contextmanager
def misbehaving_server(script: Script) -> Iterator[str]:
    """Serve raw bytes: `script` gets each connection after its request was read."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                script(connection)
            except OSError:
                return  # the client had enough, as it should

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/admin"
    finally:
        # Closing alone does not wake a thread that waits in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()


@contextmanager
def connected(
    base_url: str, bounds: Bounds | None = None, clock: Clock | None = None
) -> Iterator[HttpAdminApi]:
    """Give a client over real sockets."""
    api = HttpAdminApi(
        acme(base_url), clock=clock or RealTime(), jitter=lambda: 0.0, bounds=bounds
    )
    try:
        yield api
    finally:
        api.close()
