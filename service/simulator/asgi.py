"""The Admin API as an ASGI application, with slow, dripping and broken answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from service.simulator.exchange import Incoming, Outgoing, Pacing
from service.simulator.simulator import Simulator

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_LOOK_SECONDS = 0.05
_CHUNKS = 20


class ProviderApp:
    """Border between the server's loop and the simulator, which is all sync."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._is_closing = False

    def close(self) -> None:
        """Let slow answers end at once: the server is stopping."""
        self._is_closing = True

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        answer = self._simulator.answer(_incoming(scope, body))
        if answer.pacing is None:
            await send(_head(answer))
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._send_paced(answer, answer.pacing, receive, send)

    async def _send_paced(
        self, answer: Outgoing, pacing: Pacing, receive: Receive, send: Send
    ) -> None:
        if not await self._waited(pacing.wait_seconds, receive):
            return
        await send(_head(answer))
        body = answer.body[: int(len(answer.body) * pacing.sent_share)]
        pause = pacing.drip_seconds / _CHUNKS
        size = len(body) if not pause else max(1, len(body) // _CHUNKS)
        for start in range(0, len(body), max(1, size)):
            part = body[start : start + size]
            message = {"type": "http.response.body", "body": part, "more_body": True}
            await send(message)
            if pause and not await self._waited(pause, receive):
                return
        # Returning without a last part closes the connection in the middle.
        if pacing.sent_share >= 1.0:
            await send({"type": "http.response.body", "body": b""})

    async def _waited(self, seconds: float, receive: Receive) -> bool:
        """Wait; False if the client has gone meanwhile."""
        until = time.monotonic() + seconds
        while not self._is_closing and (left := until - time.monotonic()) > 0:
            try:
                message = await asyncio.wait_for(receive(), min(left, _LOOK_SECONDS))
            except TimeoutError:
                continue
            if message["type"] == "http.disconnect":
                return False
        return True


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _incoming(scope: Message, body: bytes) -> Incoming:
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Incoming(
        method=scope["method"],
        path=scope["path"],
        query={name: tuple(values) for name, values in query.items()},
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        body=body,
    )


def _head(answer: Outgoing) -> Message:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    headers.extend(
        (name.lower().encode(), value.encode())
        for name, value in answer.headers.items()
    )
    return {
        "type": "http.response.start",
        "status": answer.status,
        "headers": headers,
    }
