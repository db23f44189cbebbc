"""A destination of messages on loopback: keeps what arrives, refuses when told to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from typing_extensions import override


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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(sink.take(self.path.strip("/"), body))
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
