"""One organization's check: our own time beyond the provider's answers."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

import httpx
from typing_extensions import override

from benchmarks.figure import Figure, percentile
from benchmarks.provider import provider
from benchmarks.world import (
    LATE_IN_MONTH,
    Wiring,
    application,
    name_of,
    scratch,
    usual_policies,
    write_policies,
)
from service.admin_api import HttpAdminApi
from service.admin_api.network import DeadlineTransport
from service.pipeline.cycle import run_check
from service.ports import Clock, Services

_TARGET_MS = 50


class Waiting:
    """When requests were under way, from the first byte sent to the last one read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: list[tuple[float, float]] = []

    def note(self, begin: float, end: float) -> None:
        """Remember a request."""
        with self._lock:
            self._spans.append((begin, end))

    def take(self) -> tuple[float, int]:
        """Give the seconds in which any request was under way, and forget them."""
        with self._lock:
            spans, self._spans = sorted(self._spans), []
        total = 0.0
        until = 0.0
        for begin, end in spans:
            total += max(end - max(begin, until), 0.0)
            until = max(until, end)
        return total, len(spans)


class _TimedBody(httpx.SyncByteStream):
    def __init__(
        self, body: httpx.SyncByteStream, waiting: Waiting, begin: float
    ) -> None:
        self._body = body
        self._waiting = waiting
        self._begin = begin

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield from self._body
        self._waiting.note(self._begin, time.perf_counter())

    @override
    def close(self) -> None:
        self._body.close()


class TimedTransport(DeadlineTransport):
    """The client's own network, with a stopwatch."""

    def __init__(self, waiting: Waiting, clock: Clock) -> None:
        super().__init__(monotonic=clock.monotonic, connections=4)
        self._waiting = waiting

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        begin = time.perf_counter()
        response = super().handle_request(request)
        body = response.stream
        if not isinstance(body, httpx.SyncByteStream):
            raise TypeError("the transport gave no stream to read")
        response.stream = _TimedBody(body, self._waiting, begin)
        return response


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Check one organization again and again, with a stopwatch around the network."""
    checks = 30 if is_short else 150
    with provider(1, LATE_IN_MONTH) as url, scratch() as folder:
        write_policies(
            folder / "policies", Wiring(provider_url=url), usual_policies(name_of(0))
        )
        with application(folder, LATE_IN_MONTH) as opened:
            own, waited, requests = _checks(opened.services, checks)
    yield Figure(
        what="own time of a check, median",
        value=median(own),
        unit="ms",
        target=_TARGET_MS,
        beside=f"{checks} checks under 6 policies with {requests} requests each, of"
        f" which {median(waited):.1f} ms were spent waiting for answers; reading them,"
        " deciding, and committing to SQLite are ours",
    )
    yield Figure(
        what="own time of a check, p99",
        value=percentile(own, 99),
        unit="ms",
        beside="time in which others had the processor counts as ours; no target",
    )


def _checks(services: Services, count: int) -> tuple[list[float], list[float], int]:
    """Give own and waited milliseconds per check, and the requests of the last."""
    organization = services.policies.current().guard.organizations[0]
    waiting = Waiting()
    api = HttpAdminApi(
        organization,
        clock=services.clock,
        jitter=services.jitter,
        transport=TimedTransport(waiting, services.clock),
    )
    timed = replace(services, admin_api=lambda _: api)
    own, waited = [], []
    requests = 0
    # The first opens connections and reads the list of workspaces.
    run_check(timed, organization.name)
    waiting.take()
    for _ in range(count):
        begin = time.perf_counter()
        run_check(timed, organization.name)
        total = time.perf_counter() - begin
        provider_seconds, requests = waiting.take()
        own.append((total - provider_seconds) * 1000)
        waited.append(provider_seconds * 1000)
    api.close()
    return own, waited, requests
