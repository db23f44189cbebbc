"""What holds for every request and answer: headers, and how long a body may be."""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import SECURITY_HEADERS

MAX_BODY_BYTES = 1024 * 1024
# A mebibyte takes a second over a poor line; who drips bytes would hold it for ever.
BODY_SECONDS = 15.0
_MOST_DIGITS = 7
# What is left of a body that is not read must not be taken for the next request.
_LAST = {"Connection": "close"}
_YEAR = "max-age=31536000"


class SecurityHeaders:
    """Puts the headers that keep browsers and caches away from every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added where an answer starts."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _YEAR)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses bodies over 1 MiB, announced or not, with 413, and slow ones with 408."""

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting what is read and how long it takes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        deadline = asyncio.get_running_loop().time() + self._seconds
        body = _Body(receive, deadline, is_refused=_is_too_long(length))
        await self._app(scope, body.receive, send)


class _Body:
    """The body of one request, as it comes in."""

    def __init__(self, receive: Receive, deadline: float, *, is_refused: bool) -> None:
        self._receive = receive
        self._deadline = deadline
        self._is_refused = is_refused
        self._is_whole = False
        self._seen = 0

    async def receive(self) -> Message:
        """Give the next part; raise 413 or 408 for a body that is no good."""
        if self._is_whole:
            # What comes then is the end of the connection, whenever that is.
            return await self._receive()
        if not self._is_refused:
            message = await self._in_time()
            self._seen += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            if self._seen <= MAX_BODY_BYTES:
                return message
        raise HTTPException(413, "a body may have 1 MiB at most", _LAST)

    async def _in_time(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not arrive in time", _LAST) from None


def _is_too_long(announced: str) -> bool:
    # A number of many digits takes long to read, and longer ones cannot be.
    digits = announced.lstrip("0")
    if not digits.isascii() or not digits.isdigit():
        return False
    return len(digits) > _MOST_DIGITS or int(digits) > MAX_BODY_BYTES
