"""Where the demo's messages arrive: a listener that stands for Slack and e-mail."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from typing_extensions import override

_ID_HEADER = "X-Spendguard-Id"
_LOOPBACK = "127.0.0.1"


class Inbox:
    """Takes messages over HTTP on loopback and keeps their subjects by their ids."""

    def __init__(self) -> None:
        self._subjects: dict[str, str] = {}
        self._lock = Lock()
        self._server = ThreadingHTTPServer((_LOOPBACK, 0), _handler_of(self))
        self._thread = Thread(target=self._server.serve_forever, name="inbox")

    def url(self, place: str) -> str:
        """Give the channel address of a place in it."""
        return f"json://{_LOOPBACK}:{self._server.server_address[1]}/{place}"

    def take(self, notification_id: str, subject: str) -> None:
        """Keep what has arrived."""
        with self._lock:
            self._subjects[notification_id] = subject

    def subject(self, notification_id: str) -> str | None:
        """Give the subject of a message as it arrived, None if it did not."""
        with self._lock:
            return self._subjects.get(notification_id)

    @property
    def ids(self) -> frozenset[str]:
        """Give the ids of all that arrived."""
        with self._lock:
            return frozenset(self._subjects)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_of(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            message = json.loads(self.rfile.read(length))
            inbox.take(self.headers.get(_ID_HEADER, ""), str(message.get("title")))
            self.send_response(204)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the timeline tells what arrived."""

    return Handler
