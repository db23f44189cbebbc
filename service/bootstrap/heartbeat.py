"""The heartbeat: a call to somebody else's dead man's switch after each round (F25)."""

import httpx
import structlog
from pydantic import SecretStr

_TIMEOUT_SECONDS = 10.0

log = structlog.stdlib.get_logger("spendguard.heartbeat")


class HttpHeartbeat:
    """Calls `HEARTBEAT_URL`; a call that fails is logged, never repeated.

    The next round calls again, and the switch is there to notice a missing one.
    """

    def __init__(
        self, url: SecretStr, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS, transport=transport)

    def beat(self) -> bool:
        """Say that a round has ended; tell whether the switch took it."""
        try:
            answer = self._client.get(self._url.get_secret_value())
        except httpx.HTTPError as problem:
            # Its text may hold the address, which is the credential.
            log.warning("heartbeat.failed", reason=type(problem).__name__)
            return False
        if answer.is_success:
            log.debug("heartbeat.sent")
        else:
            log.warning("heartbeat.failed", reason=f"status {answer.status_code}")
        return answer.is_success

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()
