"""The gate: no key, no answer. An ASGI middleware before all routing.

Only `/healthz` and `/readyz` are open, so that the machinery around the service can
ask for its health without a secret.
"""

from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import from_error
from service.api.throttle import Throttle, network_of
from service.domain.access import ApiKey
from service.domain.errors import (
    NotAuthenticated,
    SpendguardError,
    StorageError,
    TooManyAttempts,
)
from service.pipeline.respond_keys import Refusal, record_refusal, touch_key
from service.ports import Services

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
_SCHEME = "bearer "


class Gate:
    """Lets requests with a valid key through and remembers whose it was.

    The key is looked up before the throttle is asked, so that nobody can lock a valid
    key out by failing in its neighbourhood. Raises nothing: what is refused is
    answered as a problem.
    """

    def __init__(self, app: ASGIApp, services: Services, throttle: Throttle) -> None:
        self._app = app
        self._services = services
        self._throttle = throttle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, or answer 401, 429 or (without a database) 503."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        client = scope.get("client") or ("unknown", 0)
        text = bearer_of(Headers(scope=scope))
        try:
            key = await run_in_threadpool(self._admit, text, client[0])
        except SpendguardError as error:
            await from_error(error)(scope, receive, send)
            return
        scope.setdefault("state", {})["key"] = key
        await self._app(scope, receive, send)

    def _admit(self, text: str | None, address: str) -> ApiKey:
        key = self._find(text) if text else None
        now = self._services.clock.now()
        if key is None or not key.is_valid(now):
            self._refuse(text, key, network_of(address))
            raise NotAuthenticated("a valid key is needed: Authorization: Bearer sg_…")
        # Who may read shall read, even while the database cannot write.
        with suppress(StorageError):
            touch_key(self._services, key)
        return key

    def _find(self, text: str) -> ApiKey | None:
        digest = sha256(text.encode()).hexdigest()
        key = self._services.queries.key_by_digest(digest)
        # A database may compare more loosely, and not in constant time.
        return key if key and compare_digest(key.digest, digest) else None

    def _refuse(self, text: str | None, key: ApiKey | None, address: str) -> None:
        failed = self._throttle.failed(address, self._services.clock.now())
        if failed.is_to_be_recorded:
            refusal = Refusal.NO_KEY if text is None else Refusal.UNKNOWN_KEY
            refusal = refusal if key is None else Refusal.ENDED_KEY
            record_refusal(self._services, address=address, reason=refusal, key=key)
        # Without a key nothing was guessed: that is a mistake, not an attempt.
        if failed.is_too_often and text is not None:
            raise TooManyAttempts("too many failed attempts from this address")


def bearer_of(headers: Headers) -> str | None:
    """Give the key a request carries, None without one."""
    value = headers.get("authorization", "")
    if not value.lower().startswith(_SCHEME):
        return None
    return value[len(_SCHEME) :].strip() or None
