"""Where messages arrive; holds them before or after it has taken them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from threading import Lock

from typing_extensions import override

from tests.loopback import Quiet, answering
from tests.torture.gate import Gate, Window
from tests.torture.ledger import Ledger

_ID_HEADER = "X-Spendguard-Id"


class HeldSink:
    """Counts what arrived under each id."""

    def __init__(self, gate: Gate, ledger: Ledger) -> None:
        self._gate = gate
        self._ledger = ledger
        self._lock = Lock()
        self._arrived: Counter[str] = Counter()
        self.port = 0

    def url(self, path: str) -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def arrived(self) -> Counter[str]:
        with self._lock:
            return Counter(self._arrived)

    def take(self, message: str, request: BaseHTTPRequestHandler) -> None:
        """Read a message, keep it, answer; its sender may die before and after."""
        if self._gate.hold(Window.MESSAGE_CLAIMED, lambda: self._shown(message)):
            request.close_connection = True
            return
        request.rfile.read(int(request.headers.get("Content-Length", "0")))
        with self._lock:
            self._arrived[message] += 1
        self._gate.hold(Window.MESSAGE_SENT, lambda: self._shown(message))
        request.send_response(204)
        request.end_headers()

    def _shown(self, message: str) -> str:
        if self._ledger.message_state(message) != "sending":
            return ""
        return f"{message}: sending"


@contextmanager
def running_sink(gate: Gate, ledger: Ledger) -> Iterator[HeldSink]:
    sink = HeldSink(gate, ledger)

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):
                sink.take(self.headers.get(_ID_HEADER, ""), self)

        @override
        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    with answering(Handler) as sink.port:
        yield sink
