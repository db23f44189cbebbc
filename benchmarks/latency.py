"""From the moment a crossing is observed to the moment the channel is handed it.

Observed is when the answers that show it were read; handed over is the call of the
channel's `send`. Between them lie the decision, its commit, and the delivery loop of
the running scheduler. The channel then really sends, to a receiver on loopback.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from benchmarks.figure import Figure, percentile
from benchmarks.provider import provider
from benchmarks.sink import sink
from benchmarks.world import (
    LATE_IN_MONTH,
    Wiring,
    application,
    policy,
    scratch,
    write_policies,
)
from service.admin_api import HttpAdminApi
from service.bootstrap import Application
from service.domain.guard import Organization
from service.domain.notification import Delivery, Message
from service.domain.period import BillingPeriod
from service.domain.usage import LimitReading, UsageReport
from service.pipeline.cycle import run_check
from service.ports import Channel, Services
from service.scheduler import scheduler_for

_TARGET_SECONDS = 2
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.05
_STOP = timedelta(seconds=30)


class Times:
    """When each organization's crossing was observed, and when it was handed over."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._observed: dict[str, float] = {}
        self._waits: dict[str, float] = {}

    def observe(self, organization: str) -> None:
        """Note that an answer of the provider was read just now."""
        with self._changed:
            self._observed[organization] = time.perf_counter()

    def hand_over(self, organization: str) -> None:
        """Note that a channel was handed its message just now."""
        with self._changed:
            wait = time.perf_counter() - self._observed[organization]
            self._waits.setdefault(organization, wait)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many organizations' messages were handed over."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: len(self._waits) >= count, _PATIENCE_SECONDS
            ):
                raise TimeoutError(f"{len(self._waits)} of {count} were handed over")

    def take(self) -> list[float]:
        """Give the seconds each of them took, and forget them."""
        with self._changed:
            waits, self._waits = list(self._waits.values()), {}
            return waits


class _WatchedApi(HttpAdminApi):
    """The client, noting when it has read what a check rests on."""

    def __init__(
        self, organization: Organization, services: Services, times: Times
    ) -> None:
        super().__init__(organization, clock=services.clock, jitter=services.jitter)
        self._name = organization.name
        self._times = times

    @override
    def spend_limit(self) -> LimitReading:
        reading = super().spend_limit()
        self._times.observe(self._name)
        return reading

    @override
    def usage(self, month: BillingPeriod, workspace: str | None = None) -> UsageReport:
        report = super().usage(month, workspace)
        self._times.observe(self._name)
        return report


class _WatchedChannel(Channel):
    """A channel, noting when it is handed a message."""

    def __init__(self, inner: Channel, times: Times) -> None:
        self._inner = inner
        self._times = times

    @override
    def send(self, message: Message, notification_id: str) -> Delivery:
        self._times.hand_over(message.organization)
        return self._inner.send(message, notification_id)


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Let every organization cross a threshold: all at once, then one by one."""
    organizations = 20 if is_short else 100
    with (
        provider(1, LATE_IN_MONTH) as url,
        sink() as channel,
        scratch() as folder,
    ):
        wiring = Wiring(
            provider_url=url, organizations=organizations, channels=(channel,)
        )
        _write(folder, wiring, ["first"])
        with application(folder, LATE_IN_MONTH) as opened:
            together, apart = _waits(opened, folder, wiring)
    for what, waits in (("one by one", apart), ("all at once", together)):
        yield Figure(
            what=f"observed to handed over, {what}, p99",
            value=percentile(waits, 99),
            unit="s",
            target=_TARGET_SECONDS,
            beside=f"{len(waits)} organizations cross {what}, one channel; median"
            f" {percentile(waits, 50):.3f} s, slowest {max(waits):.3f} s",
        )


def _write(folder: Path, wiring: Wiring, crossed: list[str]) -> None:
    """Write policies whose thresholds are all crossed already."""
    thresholds = [{"id": each, "spend": 1} for each in crossed]
    policies = [policy(name, "all", {}, thresholds) for name in wiring.names]
    write_policies(folder / "policies", wiring, policies)


def _waits(
    opened: Application, folder: Path, wiring: Wiring
) -> tuple[list[float], list[float]]:
    times = Times()
    opened.services = _watched(opened.services, times)
    with _scheduled(opened):
        # Its first round checks all of them.
        times.wait_for(wiring.organizations)
        together = times.take()
        _change_policies(opened.services, folder, wiring)
        for number, name in enumerate(wiring.names, start=1):
            run_check(opened.services, name)
            times.wait_for(number)
        return together, times.take()


def _watched(services: Services, times: Times) -> Services:
    apis = {
        each.name: _WatchedApi(each, services, times)
        for each in services.policies.current().guard.organizations
    }
    return replace(
        services,
        admin_api=apis.__getitem__,
        channel=lambda name: _WatchedChannel(services.channel(name), times),
    )


@contextmanager
def _scheduled(opened: Application) -> Iterator[None]:
    scheduler = scheduler_for(opened)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop(_STOP)


def _change_policies(services: Services, folder: Path, wiring: Wiring) -> None:
    """Add a threshold to each policy, and wait until the scheduler has seen it."""
    before = services.policies.current().revision
    _write(folder, wiring, ["first", "second"])
    until = time.monotonic() + _PATIENCE_SECONDS
    while services.policies.current().revision == before:
        if time.monotonic() > until:
            raise TimeoutError("the changed policies were not loaded")
        time.sleep(_POLL_SECONDS)
