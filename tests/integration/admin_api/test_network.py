"""Real sockets that misbehave: time, size and cuts, without waiting long."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from service.admin_api import Bounds
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from tests.integration.admin_api.provider import (
    RealTime,
    connected,
    euros,
    failure,
    misbehaving_server,
)

GOOD = json.dumps({"requests_per_second": 5}).encode()
# Short enough to wait for, long enough for a busy machine.
QUICK = Bounds(
    connect=timedelta(seconds=2),
    read=timedelta(seconds=0.3),
    call=timedelta(seconds=0.8),
    attempts=1,
)


def head(status: str = "200 OK", **headers: object) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(body: bytes = GOOD, status: str = "200 OK", **headers: object) -> bytes:
    return head(status, content_length=len(body), connection="close", **headers) + body


def drip(connection: socket.socket, content: bytes) -> None:
    for byte in content:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def says(content: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(content)


def took(call: Callable[[], object]) -> tuple[ProviderError, float]:
    started = time.monotonic()
    error = failure(call)
    return error, time.monotonic() - started


def test_a_good_answer_is_read() -> None:
    with misbehaving_server(says(whole())) as url, connected(url) as api:
        assert api.rate_limit().requests_per_second == 5


def test_a_compressed_answer_is_read() -> None:
    answer = whole(gzip.compress(GOOD), content_encoding="gzip")

    with misbehaving_server(says(answer)) as url, connected(url) as api:
        assert api.rate_limit().requests_per_second == 5


@pytest.mark.parametrize(
    ("content", "kind", "part"),
    [
        (whole()[:-5], ProviderUnavailable, "cut off"),
        (head(transfer_encoding="chunked") + b"5\r\n{", ProviderUnavailable, "cut off"),
        (b"", ProviderUnavailable, "cut off"),
        (b"HTTP/1.1 200", ProviderUnavailable, "cut off"),
        (b"SSH-2.0-x\r\n\r\n", ProviderUnavailable, "no HTTP"),
        (whole(GOOD, content_encoding="gzip"), ProviderMalformed, "compression"),
        (whole(b"<html>", "500 No"), ProviderUnavailable, "status 500"),
        (whole(b"<h1>Log in</h1>"), ProviderMalformed, "no JSON"),
        (whole(b"", "302 Found", location="/x"), ProviderRejected, "redirect"),
        (whole(b"{}", "404 No")[:-1], ProviderRejected, "status 404"),
        (whole(b"{}", "503 No")[:-1], ProviderUnavailable, "status 503"),
    ],
    ids=str,
)
def test_a_spoilt_answer_is_an_error_of_its_kind(
    content: bytes, kind: type[ProviderError], part: str
) -> None:
    with misbehaving_server(says(content)) as url, connected(url, QUICK) as api:
        error = failure(api.rate_limit)

    assert type(error) is kind
    assert part in str(error)


def test_nobody_listening_is_no_answer() -> None:
    with connected("http://127.0.0.1:1", QUICK) as api:
        assert isinstance(failure(api.rate_limit), ProviderUnavailable)


@pytest.mark.parametrize("sent_before", [b"", whole(b"x" * 2000)], ids=["head", "body"])
def test_a_slow_drip_is_stopped_though_each_read_is_in_time(sent_before: bytes) -> None:
    script = Script(sent_before[:-1900] if sent_before else b"")

    with misbehaving_server(script) as url, connected(url, QUICK) as api:
        error, seconds = took(api.rate_limit)

    assert isinstance(error, ProviderUnavailable)
    assert 0.7 <= seconds < 3


class Script:
    """Sends a beginning at once and then one byte after the other."""

    def __init__(self, beginning: bytes) -> None:
        self.beginning = beginning

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.beginning)
        drip(connection, b"x" * 1900 if self.beginning else whole())


def test_a_silent_provider_is_given_up() -> None:
    released = threading.Event()

    def silent(_: socket.socket) -> None:
        released.wait(10)

    with misbehaving_server(silent) as url, connected(url, QUICK) as api:
        error, seconds = took(api.rate_limit)
        released.set()

    assert "no answer in time" in str(error)
    assert seconds < 2


def test_a_write_is_bounded_by_its_own_time_out() -> None:
    with misbehaving_server(Script(b"")) as url, connected(url) as api:
        error, seconds = took(
            lambda: api.set_spend_limit(euros("5"), timeout=timedelta(seconds=0.4))
        )

    assert type(error) is ProviderUnavailable
    assert seconds < 2


@pytest.mark.parametrize("content", [whole()[:-5], b"", head(content_length=9)])
def test_a_write_whose_answer_is_cut_is_sent_once_and_may_have_happened(
    content: bytes,
) -> None:
    connections = []

    def script(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(content)

    with misbehaving_server(script) as url, connected(url) as api:
        error = failure(
            lambda: api.set_spend_limit(euros("5"), timeout=timedelta(seconds=5))
        )

    assert type(error) is ProviderUnavailable
    assert len(connections) == 1


def test_a_large_body_is_not_read_to_its_end() -> None:
    sent = 0

    def script(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(head(content_length=10**9))
        while True:
            sent += connection.send(b" " * 65536)

    bounds = Bounds(body_bytes=1024 * 1024)
    with misbehaving_server(script) as url, connected(url, bounds) as api:
        error = failure(api.rate_limit)

    assert type(error) is ProviderMalformed
    assert sent < 32 * 1024 * 1024


def test_a_body_that_swells_when_unpacked_is_refused() -> None:
    answer = whole(gzip.compress(b" " * 10**7), content_encoding="gzip")

    bounds = Bounds(body_bytes=1024 * 1024)
    with misbehaving_server(says(answer)) as url, connected(url, bounds) as api:
        assert type(failure(api.rate_limit)) is ProviderMalformed


def test_the_error_body_of_a_gateway_is_read_in_part_only() -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(head("400 No", content_length=10**9) + b"no ")
        while True:
            connection.sendall(b" " * 65536)

    with misbehaving_server(script) as url, connected(url, QUICK) as api:
        assert str(failure(api.rate_limit)) == "GET /rate-limit: status 400: no"


def test_connections_are_kept_open_and_reused() -> None:
    served = 0
    connections = 0

    def script(connection: socket.socket) -> None:
        nonlocal served, connections
        connections += 1
        answer = head(content_length=len(GOOD)) + GOOD
        connection.sendall(answer)
        served += 1
        while connection.recv(65536):
            connection.sendall(answer)
            served += 1

    with misbehaving_server(script) as url:
        with connected(url) as api:
            for _ in range(5):
                api.rate_limit()
        assert (served, connections) == (5, 1)


def test_waits_between_attempts_go_through_the_clock() -> None:
    clock = RealTime()
    answer = whole(b"", "429 Slow", retry_after="7")

    with (
        misbehaving_server(says(answer)) as url,
        connected(url, clock=clock) as api,
    ):
        failure(api.rate_limit)

    assert clock.slept == [timedelta(seconds=7)] * 2
