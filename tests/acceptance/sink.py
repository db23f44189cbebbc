"""A destination of messages on loopback: keeps what arrives, refuses when told to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from tests.loopback import Quiet, answering


class Sink:
    """What arrived under each path, in order; `dead` paths answer 503."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._messages: dict[str, list[dict[str, Any]]] = {}
        self.dead: set[str] = set()
        self.port = 0

    def url(self, path: str) -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def messages(self, path: str) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._messages.get(path, []))

    def texts(self, path: str) -> list[str]:
        return [f"{each['title']}\n{each['message']}" for each in self.messages(path)]

    def take(self, path: str, body: bytes) -> int:
        with self._lock:
            if path in self.dead:
                return 503
            self._messages.setdefault(path, []).append(json.loads(body))
            return 200


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Serve a sink until the block ends."""
    sink = Sink()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(sink.take(self.path.strip("/"), body))
            self.end_headers()

    with answering(Handler) as sink.port:
        yield sink
