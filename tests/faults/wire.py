"""The way to the provider inside one process, and a record of all that went over it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import httpx
from typing_extensions import override

from service.simulator.exchange import Incoming, Outgoing, Pacing, Route
from service.simulator.faults import FaultKind
from service.simulator.limit import Limit
from service.simulator.simulator import Simulator
from tests.faults.clock import ReadingClock
from tests.faults.plans import ORGANIZATION


@dataclass(frozen=True)
class Call:
    """One request as it went over the border, with what was true around it.

    `workspace` is what was asked for, empty for all; `is_collecting` tells the reading
    of a snapshot from what is read around a limit change. `before` and `after` are the
    limit in force, `spent` the total the provider counted.
    """

    number: int
    at: datetime
    route: Route | None
    workspace: str
    month: str
    status: int
    faults: frozenset[FaultKind]
    is_late: bool
    is_collecting: bool
    before: Limit
    after: Limit
    spent: Decimal
    asked: str
    is_paused: bool

    @property
    def is_answered(self) -> bool:
        """Say whether a whole answer came in time."""
        broken = self.is_late or FaultKind.CUT_OFF in self.faults
        return self.status == httpx.codes.OK and not broken


class Wire(httpx.BaseTransport):
    """Hands requests to a simulator; slow answers let only virtual time pass.

    `interrupt` is called after the given number of further reads of the limit: a
    person does something in the middle of a check.
    """

    def __init__(self, simulator: Simulator, clock: ReadingClock) -> None:
        self.calls: list[Call] = []
        self.used: list[FaultKind] = []
        self.is_paused = False
        self._simulator = simulator
        self._clock = clock
        self._lock = threading.Lock()
        self._interruption: tuple[int, Callable[[], None]] | None = None

    def interrupt(self, reads: int, what: Callable[[], None]) -> None:
        self._interruption = (reads, what)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeout = float(request.extensions["timeout"]["read"])
        left = float(request.extensions["deadline"]) - self._clock.monotonic()
        incoming = _incoming(request)
        with self._lock:
            answer, route = self._answer(incoming, min(timeout, left), left)
        pacing = answer.pacing or Pacing()
        self._wait(pacing.wait_seconds, min(timeout, left), request)
        self._interrupted(route)
        return httpx.Response(
            answer.status,
            headers={"content-type": answer.content_type, **answer.headers},
            stream=_Body(self, answer.body, pacing, request),
        )

    def _answer(
        self, incoming: Incoming, patience: float, left: float
    ) -> tuple[Outgoing, Route | None]:
        before = self._simulator.standing(ORGANIZATION)
        answer = self._simulator.answer(incoming)
        record = self._simulator.requests[-1]
        self._simulator.forget_requests()
        faults = frozenset(FaultKind(each) for each in record.faults)
        self.used.extend(sorted(faults))
        pacing = answer.pacing or Pacing()
        is_late = pacing.wait_seconds >= patience or pacing.drip_seconds >= left
        query = incoming.query
        self.calls.append(
            Call(
                number=len(self.calls),
                at=record.at,
                route=record.route,
                workspace=query.get("workspace_id", ("",))[0],
                month="-".join(query.get(name, ("",))[0] for name in ("year", "month")),
                status=answer.status,
                faults=faults,
                is_late=is_late,
                is_collecting=not self._clock.is_owner,
                before=before.limit,
                after=self._simulator.standing(ORGANIZATION).limit,
                spent=before.total,
                asked=record.body,
                is_paused=self.is_paused,
            )
        )
        return answer, record.route

    def _interrupted(self, route: Route | None) -> None:
        if route is not Route.SPEND_LIMIT or self._interruption is None:
            return
        reads, what = self._interruption
        self._interruption = (reads - 1, what)
        if reads <= 0:
            self._interruption = None
            what()

    def _wait(self, seconds: float, patience: float, request: httpx.Request) -> None:
        waited = timedelta(seconds=min(seconds, patience))
        # Nothing else happens beside a write, so time may pass for everybody.
        if request.method == "POST":
            self._clock.hold(waited)
        else:
            self._clock.sleep(waited)
        if seconds >= patience:
            raise httpx.ReadTimeout("no answer in time", request=request)

    def drip(self, seconds: float, request: httpx.Request) -> None:
        """Let the body of an answer take its time."""
        left = float(request.extensions["deadline"]) - self._clock.monotonic()
        self._wait(seconds, left, request)


class _Body(httpx.SyncByteStream):
    def __init__(
        self, wire: Wire, body: bytes, pacing: Pacing, request: httpx.Request
    ) -> None:
        self._wire = wire
        self._body = body
        self._pacing = pacing
        self._request = request

    @override
    def __iter__(self) -> Iterator[bytes]:
        share = self._pacing.sent_share
        yield self._body[: int(len(self._body) * share)]
        if self._pacing.drip_seconds:
            self._wire.drip(self._pacing.drip_seconds, self._request)
        if share < 1:
            raise httpx.RemoteProtocolError("cut off", request=self._request)


def _incoming(request: httpx.Request) -> Incoming:
    query = parse_qs(request.url.query.decode(), keep_blank_values=True)
    return Incoming(
        method=request.method,
        path=request.url.path,
        query={name: tuple(values) for name, values in query.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )
