"""The gate: no key, no answer. An ASGI middleware before all routing.

`/healthz` and `/readyz` are open, so that the machinery around the service can ask for
its health without a secret; the approval page, which shows a stranger nothing; and the
webhook, whose body has to be signed.
"""

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.admission import Admission
from service.api.problems import from_error
from service.domain.access import ApiKey
from service.domain.errors import SpendguardError
from service.pipeline.respond_keys import digest_of
from service.ports import Services

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
WEBHOOK = "/api/v1/policies/webhook"
_PAGE = re.compile(r"/approvals/[^/]+/page")
# A key that was just found valid is taken without a hop to a thread and a read, a
# fifth of a status. As long as this may one revoked by another process still open.
REMEMBERED_SECONDS = 0.1
_MOST_REMEMBERED = 1000
_SCHEME = "bearer "
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_open(path: str) -> bool:
    """Say whether a path needs no key; what is open may ask for proof by itself."""
    return path in OPEN_PATHS or path == WEBHOOK or _PAGE.fullmatch(path) is not None


class Gate:
    """Lets requests with a valid key through and remembers whose it was.

    The key is looked up before the throttle is asked, so that nobody can lock a valid
    key out by failing in its neighbourhood. Raises nothing: what is refused is
    answered as a problem.
    """

    def __init__(self, app: ASGIApp, services: Services, admission: Admission) -> None:
        self._app = app
        self._services = services
        self._admission = admission
        self._admitted: dict[str, tuple[ApiKey, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, or answer 401, 429 or (without a database) 503."""
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        client = scope.get("client") or ("unknown", 0)
        text = bearer_of(Headers(scope=scope))
        digest = None if text is None else digest_of(text)
        key = self._remembered(digest)
        if key is None:
            try:
                key = await run_in_threadpool(self._admit, digest, client[0])
            except SpendguardError as error:
                await from_error(error)(scope, receive, send)
                return
        scope.setdefault("state", {})["key"] = key
        await self._app(scope, receive, send)
        # What this request did may have been to end a key.
        if scope["method"] not in _SAFE_METHODS:
            self._admitted.clear()

    def _remembered(self, digest: str | None) -> ApiKey | None:
        key, until = self._admitted.get(digest or "", (None, 0.0))
        clock = self._services.clock
        if key is None or clock.monotonic() >= until or not key.is_valid(clock.now()):
            return None
        return key

    def _remember(self, key: ApiKey) -> None:
        if len(self._admitted) >= _MOST_REMEMBERED:
            self._admitted.clear()
        until = self._services.clock.monotonic() + REMEMBERED_SECONDS
        self._admitted[key.digest] = key, until

    def _admit(self, digest: str | None, address: str) -> ApiKey:
        key = self._admission.admit(digest, address)
        self._remember(key)
        return key


def bearer_of(headers: Headers) -> str | None:
    """Give the key a request carries, None without one."""
    value = headers.get("authorization", "")
    if not value.lower().startswith(_SCHEME):
        return None
    return value[len(_SCHEME) :].strip() or None
