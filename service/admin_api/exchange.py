"""Requests and answers: one kept-open client, bounded in time, size and number."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import assert_never

import httpx

from service.admin_api.backoff import (
    backoff,
    is_worth_retrying,
    moment_of,
    retry_after,
)
from service.admin_api.failures import NETWORK_ERRORS, Place, failure_of, refusal
from service.admin_api.network import DEADLINE, DeadlineTransport
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.guard import AuthHeader, Organization
from service.ports import Clock

Query = Mapping[str, str | int | Sequence[str]]

_ERROR_BODY_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one organization's requests may take.

    `call` holds a read with all its attempts and waits, so that several in a row fit
    into a check's 45 s; 32 MiB of body is the product's stated bound.
    """

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=10)
    call: timedelta = timedelta(seconds=20)
    attempts: int = 3
    in_flight: int = 4
    body_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """An attempt that failed, and how long the provider wants to be left alone."""

    error: ProviderError
    wait: timedelta = timedelta(0)


def auth_headers(organization: Organization) -> dict[bytes, bytes]:
    """Give the headers that carry the admin key, in the style asked for."""
    # As bytes: a key that is not ASCII is then refused by the provider, and no
    # encoding error quotes it.
    key = organization.api_key.get_secret_value().encode()
    match organization.auth_header:
        case AuthHeader.X_API_KEY:
            return {b"x-api-key": key}
        case AuthHeader.BEARER:
            return {b"authorization": b"Bearer " + key}
        case AuthHeader.BOTH:
            return {b"x-api-key": key, b"authorization": b"Bearer " + key}
        case _:
            assert_never(organization.auth_header)


def quiet_logs() -> None:
    """Keep httpx from logging whole addresses and httpcore from logging headers."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Exchange:
    """One organization's way to the provider; safe to use from several threads."""

    def __init__(
        self,
        organization: Organization,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        bounds: Bounds,
        transport: httpx.BaseTransport | None,
    ) -> None:
        quiet_logs()
        self._base_url = organization.base_url.rstrip("/")
        self._secret = organization.api_key.get_secret_value()
        self._clock = clock
        self._jitter = jitter
        self._bounds = bounds
        self._free = threading.BoundedSemaphore(bounds.in_flight)
        self.clock_ahead: timedelta | None = None
        self._client = httpx.Client(
            headers={
                b"accept": b"application/json",
                b"accept-encoding": b"gzip",
                b"user-agent": b"spendguard",
                **auth_headers(organization),
            },
            # Nothing of the provider's is kept between requests.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            # Neither proxies nor a .netrc may get to see or replace the key.
            trust_env=False,
            transport=transport
            or DeadlineTransport(
                monotonic=clock.monotonic, connections=bounds.in_flight
            ),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, query: Query) -> bytes:
        """Read; tried again after no answer, a 5xx or a 429, within the call's bound.

        A wait the provider asks for is kept; one that does not fit ends the call.
        """
        place = Place(method="GET", path=path, secret=self._secret)
        deadline = self._clock.monotonic() + self._bounds.call.total_seconds()
        attempt = 1
        while True:
            outcome = self._attempt(place, deadline, query=query)
            if isinstance(outcome, bytes):
                return outcome
            wait = max(outcome.wait, backoff(attempt, self._jitter()))
            if (
                attempt == self._bounds.attempts
                or not is_worth_retrying(outcome.error)
                or self._clock.monotonic() + wait.total_seconds() >= deadline
            ):
                raise outcome.error
            self._clock.sleep(wait)
            attempt += 1

    def post_once(
        self, path: str, body: Mapping[str, object], *, timeout: timedelta
    ) -> None:
        """Write, exactly once; anything but a clear no is `ProviderUnavailable`."""
        place = Place(method="POST", path=path, secret=self._secret)
        deadline = self._clock.monotonic() + timeout.total_seconds()
        outcome = self._attempt(place, deadline, json=body)
        if isinstance(outcome, bytes):
            return
        error = outcome.error
        if isinstance(error, ProviderRejected):
            raise error
        raise ProviderUnavailable(str(error), route=error.route, status=error.status)

    def _attempt(
        self,
        place: Place,
        deadline: float,
        *,
        query: Query | None = None,
        json: Mapping[str, object] | None = None,
    ) -> bytes | _Failed:
        """Send one request; its failure is a value, raised where no context is left."""
        if not self._free.acquire(timeout=max(self._left(deadline), 0)):
            sentence = "not sent: no free connection in time"
            return _Failed(error=place.error(ProviderUnavailable, sentence))
        try:
            return self._send(place, deadline, query=query, json=json)
        except NETWORK_ERRORS as error:
            return _Failed(error=failure_of(place, error))
        finally:
            self._free.release()

    def _send(
        self,
        place: Place,
        deadline: float,
        *,
        query: Query | None,
        json: Mapping[str, object] | None,
    ) -> bytes | _Failed:
        left = self._left(deadline)
        if left <= 0 or self._client.is_closed:
            sentence = f"not sent: {'no time left' if left <= 0 else 'closed'}"
            return _Failed(error=place.error(ProviderUnavailable, sentence))
        with self._client.stream(
            place.method,
            self._base_url + place.path,
            params=query or None,
            json=json,
            timeout=self._timeout(left),
            extensions={DEADLINE: deadline},
        ) as response:
            self._note_time(response)
            if response.is_success:
                return self._body(place, response, deadline)
            return self._refused(place, response, deadline)

    def _note_time(self, response: httpx.Response) -> None:
        """Keep by how much the clock of an answer is ahead of ours."""
        at = moment_of(response.headers.get("date"))
        if at is not None:
            self.clock_ahead = at - self._clock.now()

    def _left(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()

    def _timeout(self, left: float) -> httpx.Timeout:
        return httpx.Timeout(
            min(self._bounds.read.total_seconds(), left),
            connect=min(self._bounds.connect.total_seconds(), left),
        )

    def _body(
        self, place: Place, response: httpx.Response, deadline: float
    ) -> bytes | _Failed:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._bounds.body_bytes:
                sentence = f"the answer is larger than {self._bounds.body_bytes} bytes"
                error = place.error(ProviderMalformed, sentence, response.status_code)
                return _Failed(error=error)
            if self._left(deadline) <= 0:
                sentence = "the answer was not complete in time"
                return _Failed(error=place.error(ProviderUnavailable, sentence))
        return bytes(body)

    def _refused(
        self, place: Place, response: httpx.Response, deadline: float
    ) -> _Failed:
        said = self._excerpt(response, deadline)
        headers = response.headers
        return _Failed(
            error=refusal(
                place, response.status_code, said, location=headers.get("location")
            ),
            wait=retry_after(
                headers.get("retry-after"),
                date=headers.get("date"),
                now=self._clock.now(),
            ),
        )

    def _excerpt(self, response: httpx.Response, deadline: float) -> bytes:
        """Read the beginning of an error's body; the status stands without it."""
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _ERROR_BODY_BYTES or self._left(deadline) <= 0:
                    break
        except NETWORK_ERRORS:
            return b""
        return bytes(body[:_ERROR_BODY_BYTES])
