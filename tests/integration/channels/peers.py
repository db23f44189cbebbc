"""Real peers on loopback: what a mail server, a listener and Slack would get."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass(frozen=True)
class Answer:
    """What a peer says; `is_held` keeps the caller waiting until the peer lets go."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_held: bool = False


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: Any


class HttpPeer(ThreadingHTTPServer):
    """Gives one answer to everything, and remembers what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = Answer()
        self.requests: list[Request] = []
        self.arrived = threading.Semaphore(0)
        self.let_go = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HttpPeer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(
            Request(self.path, dict(self.headers.items()), json.loads(body))
        )
        self.server.arrived.release()
        answer = self.server.answer
        if answer.is_held:
            self.server.let_go.wait(timeout=30)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    @override
    def log_message(self, *_: object) -> None:
        """Keep the output of the tests quiet."""


@contextmanager
def http_peer() -> Iterator[HttpPeer]:
    with HttpPeer() as peer:
        thread = threading.Thread(target=peer.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield peer
        finally:
            peer.let_go.set()
            peer.shutdown()
            thread.join()


class SmtpPeer:
    """A mail server that takes everything, or says `refusal` to every recipient."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal = ""
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - the name and arguments of aiosmtpd
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@contextmanager
def smtp_peer() -> Iterator[SmtpPeer]:
    peer = SmtpPeer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    peer.port = controller.port
    try:
        yield peer
    finally:
        controller.stop()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_address[1])
