"""The network under httpx, with a deadline over everything a request waits for.

A time-out of httpx bounds one read: an answer that drips a byte at a time outlasts
it, in its headers as well as in its body. Here each wait is also cut to what is left
of the request's deadline.
"""

import ssl
import threading
from collections.abc import Callable, Iterable
from functools import cache

import httpcore
import httpx
from typing_extensions import override

DEADLINE = "deadline"
_KEEP_ALIVE_SECONDS = 30.0


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes some 20 ms: once for all organizations.
    return httpx.create_ssl_context()


class _Remaining(threading.local):
    """What is left of the present request's deadline; each thread has its own."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.deadline: float | None = None

    def cut(self, timeout: float | None, late: type[Exception]) -> float | None:
        """Give the time-out, cut to the deadline; raise `late` when that has passed."""
        if self.deadline is None:
            return timeout
        left = self.deadline - self._monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(timeout, left)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, remaining: _Remaining) -> None:
        self._inner = inner
        self._remaining = remaining

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        cut = self._remaining.cut(timeout, httpcore.ReadTimeout)
        return self._inner.read(max_bytes, timeout=cut)

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        cut = self._remaining.cut(timeout, httpcore.WriteTimeout)
        self._inner.write(buffer, timeout=cut)

    @override
    def close(self) -> None:
        self._inner.close()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        cut = self._remaining.cut(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout=cut)
        return _DeadlineStream(inner, self._remaining)

    @override
    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self, remaining: _Remaining) -> None:
        self._inner = httpcore.SyncBackend()
        self._remaining = remaining

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        cut = self._remaining.cut(timeout, httpcore.ConnectTimeout)
        try:
            inner = self._inner.connect_tcp(
                host, port, cut, local_address, socket_options
            )
        except UnicodeError:
            # A host such as `a..b`, which the resolver cannot even encode.
            raise httpcore.ConnectError from None
        return _DeadlineStream(inner, self._remaining)


class DeadlineTransport(httpx.HTTPTransport):
    """Connections kept open, each request bounded by its extension `deadline`.

    The deadline is a moment of `monotonic`, in seconds. Looking up a name is not
    bounded by it, but by the resolver's own time-out.
    """

    def __init__(self, *, monotonic: Callable[[], float], connections: int) -> None:
        super().__init__(verify=_tls())
        self._remaining = _Remaining(monotonic)
        # httpx has no argument for the network under its pool; httpcore has one.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=_DeadlineBackend(self._remaining),
        )

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # The body is read later, by the same thread and before its next request.
        self._remaining.deadline = request.extensions.get(DEADLINE)
        return super().handle_request(request)
