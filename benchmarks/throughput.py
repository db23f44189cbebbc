"""Organizations checked per second, against a bare HTTP client with the same requests.

The bare client parses nothing, decides nothing and stores nothing: it asks the same
simulator, in its own process, for the same answers over kept-open connections.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain
from statistics import median
from typing import Self

import httpx
from typing_extensions import override

from benchmarks.figure import Bound, Figure
from benchmarks.provider import provider
from benchmarks.world import (
    LATE_IN_MONTH,
    Wiring,
    application,
    scratch,
    usual_policies,
    write_policies,
)
from service.admin_api import HttpAdminApi
from service.admin_api.network import DeadlineTransport
from service.domain.guard import Organization
from service.pipeline.cycle import run_check
from service.ports import Services
from service.scheduler import Lanes

_SIMULATED = 4
_PATIENCE = timedelta(minutes=2)
# More make the bare client slower on two cores, and it is to be at its best.
_BARE_CLIENTS = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    url: str
    headers: list[tuple[str, str]]


class _NotingTransport(DeadlineTransport):
    """The client's own network, noting what is asked while `noted` is a list."""

    def __init__(self, services: Services) -> None:
        super().__init__(monotonic=services.clock.monotonic, connections=4)
        self.noted: list[_Asked] | None = None

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.noted is not None:
            self.noted.append(_Asked(str(request.url), request.headers.multi_items()))
        return super().handle_request(request)


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Check all organizations round by round, in turn with the bare client."""
    organizations, rounds = (8, 3) if is_short else (24, 7)
    with provider(_SIMULATED, LATE_IN_MONTH) as url, scratch() as folder:
        wiring = Wiring(
            provider_url=url, organizations=organizations, simulated=_SIMULATED
        )
        policies = (usual_policies(name) for name in wiring.names)
        write_policies(folder / "policies", wiring, list(chain(*policies)))
        with application(folder, LATE_IN_MONTH) as opened:
            ours, bare, requests = _rounds(opened.services, rounds)
    ratio = 100 * median(map(float.__truediv__, ours, bare))
    yield Figure(
        what="organizations checked per second",
        value=median(ours),
        unit="/s",
        beside=f"{organizations} organizations with 6 policies each, SQLite; the bare"
        f" client does the same {requests // organizations} requests each for"
        f" {median(bare):.1f} organizations a second; {rounds} rounds of both in turn",
    )
    yield Figure(
        what="checks against the bare HTTP client",
        value=ratio,
        unit="%",
        target=50,
        bound=Bound.AT_LEAST,
        beside="median of the rounds' ratios",
    )


def _rounds(services: Services, count: int) -> tuple[list[float], list[float], int]:
    """Give organizations per second of ours and of the bare client, and requests."""
    every = services.policies.current().guard.organizations
    networks = {each.name: _NotingTransport(services) for each in every}
    apis = {each.name: _api(services, each, networks) for each in every}
    watched = replace(services, admin_api=apis.__getitem__)
    check = partial(run_check, watched)
    # The first round opens connections and reads the lists of workspaces.
    _check_all(check, every)
    noted: list[_Asked] = []
    for network in networks.values():
        network.noted = noted
    _check_all(check, every)
    for network in networks.values():
        network.noted = None
    ours, bare = [], []
    with _BareClients() as clients:
        clients.ask(noted)
        for _ in range(count):
            ours.append(len(every) / _seconds(partial(_check_all, check, every)))
            bare.append(len(every) / _seconds(partial(clients.ask, noted)))
    for api in apis.values():
        api.close()
    return ours, bare, len(noted)


def _api(
    services: Services,
    organization: Organization,
    networks: dict[str, _NotingTransport],
) -> HttpAdminApi:
    return HttpAdminApi(
        organization,
        clock=services.clock,
        jitter=services.jitter,
        transport=networks[organization.name],
    )


def _check_all(check: Callable[[str], object], every: Sequence[Organization]) -> None:
    """Check as the scheduler does when all of them are due."""
    lanes = Lanes("check")
    for organization in every:
        lanes.start(organization.name, partial(check, organization.name))
    if not lanes.drain(_PATIENCE):
        raise RuntimeError("the checks did not end")


class _BareClients:
    """httpx as it comes: a thread and a kept-open client each."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._opened: list[httpx.Client] = []
        self._threads = ThreadPoolExecutor(_BARE_CLIENTS, initializer=self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        for client in self._opened:
            client.close()

    def ask(self, asked: Sequence[_Asked]) -> None:
        """Make every request once."""
        for is_good in self._threads.map(self._get, asked):
            if not is_good:
                raise RuntimeError("the simulator refused the bare client")

    def _open(self) -> None:
        self._own.client = httpx.Client(trust_env=False)
        self._opened.append(self._own.client)

    def _get(self, asked: _Asked) -> bool:
        client: httpx.Client = self._own.client
        return client.get(asked.url, headers=asked.headers).is_success


def _seconds(job: Callable[[], object]) -> float:
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin
