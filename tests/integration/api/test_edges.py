"""What holds at the edge of the service as it is started: headers, sizes, times."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from service.api.app import create_app
from service.api.edges import MAX_BODY_BYTES
from service.bootstrap import Application
from service.cli.serve import listening, web_config
from service.scheduler import scheduler_for
from tests.integration.api.serving import ADMIN_KEY, NO_TLS, Served

KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@contextmanager
def started(config: uvicorn.Config) -> Iterator[tuple[str, int]]:
    """Run the server as `spendguard serve` configures it."""
    server = uvicorn.Server(config)
    with listening("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield listener.getsockname()[:2]
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def as_started(served: Served) -> Iterator[tuple[str, int]]:
    with started(config_of(served.application)) as place:
        yield place


def config_of(application: Application) -> uvicorn.Config:
    return web_config(application.services, scheduler_for(application))


def test_every_answer_keeps_browsers_and_caches_away(
    as_started: tuple[str, int],
) -> None:
    base = f"http://{as_started[0]}:{as_started[1]}"
    with httpx.Client(base_url=base, verify=NO_TLS) as client:
        answers = [
            client.get("/healthz"),
            client.get("/api/v1/status"),
            client.get("/api/v1/status", headers=KEY),
            client.get("/openapi.json", headers=KEY),
            client.get("/nothing", headers=KEY),
            client.put("/api/v1/status", headers=KEY),
            client.post("/api/v1/checks", headers=KEY, content=b"\xff"),
            client.get("/api/v1/audit/export", headers=KEY),
        ]
    for answer in answers:
        assert HEADERS.items() <= answer.headers.items(), answer.url
        assert "server" not in answer.headers
        # Where it is not https, a browser would ignore it; behind a proxy it is.
        assert "strict-transport-security" not in answer.headers


def test_behind_https_browsers_are_told_to_stay_there(
    as_started: tuple[str, int],
) -> None:
    url = f"http://{as_started[0]}:{as_started[1]}/healthz"

    answer = httpx.get(url, headers={"X-Forwarded-Proto": "https"}, verify=NO_TLS)

    assert answer.headers["strict-transport-security"] == "max-age=31536000"


HEAD = (
    "POST /api/v1/checks HTTP/1.1\r\nHost: a\r\n"
    f"Authorization: Bearer {ADMIN_KEY}\r\nContent-Type: application/json\r\n"
)
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
RAW = {
    "chunks beyond the limit": (
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()
        + CHUNK * (MAX_BODY_BYTES // 0x10000 + 1),
        413,
    ),
    "an announced length of many digits": (
        f"{HEAD}Content-Length: {'9' * 5000}\r\n\r\n".encode(),
        400,
    ),
    "an announced length beyond the limit": (
        f"{HEAD}Content-Length: 18000000000000000000\r\n\r\n".encode(),
        413,
    ),
    "a negative length": (f"{HEAD}Content-Length: -1\r\n\r\n".encode(), 400),
    "two lengths": (
        f"{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x".encode(),
        400,
    ),
    "a length and chunks": (
        f"{HEAD}Content-Length: 2\r\n".encode()
        + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a line of its own in a header": (
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n",
        400,
    ),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    "a head without end": (
        b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * (1 << 17) + b"\r\n\r\n",
        None,
    ),
}


def test_a_malformed_request_is_refused_or_dropped(
    as_started: tuple[str, int],
) -> None:
    for case, (sent, status) in RAW.items():
        answer = exchanged(as_started, sent)

        assert b"Traceback" not in answer, case
        assert not answer.startswith(b"HTTP/1.1 5"), case
        if status is not None:
            assert answer.startswith(f"HTTP/1.1 {status} ".encode()), case


def exchanged(place: tuple[str, int], sent: bytes) -> bytes:
    with socket.create_connection(place, timeout=10) as connection:
        connection.sendall(sent)
        answer = connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        announced = re.search(rb"content-length: (\d+)", head.lower())
        missing = int(announced[1]) - len(body) if announced else 0
        # The head may come alone.
        return answer + (connection.recv(65536) if missing else b"")


def test_a_body_that_drips_is_given_up(served: Served) -> None:
    app = create_app(served.application.services, body_seconds=0.2)
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    with started(config) as place:
        began = time.monotonic()
        answer = exchanged(place, f"{HEAD}Content-Length: 9\r\n\r\n{{".encode())

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"
    assert time.monotonic() - began < 5
