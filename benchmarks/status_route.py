"""`GET /api/v1/status`, against a bare FastAPI and SQLModel route with one row.

Both run in a process of their own under the same server with the same settings. Ours
also admits the key, and answers with everything a status has.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.bare_route import bare_route
from benchmarks.figure import Bound, Figure
from benchmarks.provider import provider
from benchmarks.served import AUTHORIZED, Connection, serving
from benchmarks.world import (
    Wiring,
    name_of,
    now,
    scratch,
    usual_policies,
    write_policies,
)

_CONNECTIONS = 8
_STATUS = "/api/v1/status"
_BARE = "/standing/1"


class _Clients:
    """Some connections that ask for one page as fast as they are answered."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self._path = path
        self._connections = [Connection(port, headers) for _ in range(_CONNECTIONS)]
        self._threads = ThreadPoolExecutor(_CONNECTIONS)

    def rate(self, seconds: float) -> float:
        """Give the answers per second over so many seconds."""
        begin = time.perf_counter()
        until = begin + seconds
        answers = sum(
            self._threads.map(lambda each: self._ask(each, until), self._connections)
        )
        return answers / (time.perf_counter() - begin)

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        for each in self._connections:
            each.close()

    def _ask(self, connection: Connection, until: float) -> int:
        answers = 0
        while time.perf_counter() < until:
            connection.get(self._path)
            answers += 1
        return answers


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Ask both in turn, round by round."""
    rounds, seconds = (2, 0.7) if is_short else (7, 1.5)
    with provider(1, now()) as url, scratch() as folder:
        write_policies(
            folder / "policies", Wiring(provider_url=url), usual_policies(name_of(0))
        )
        with serving(folder) as served, bare_route(folder) as bare_port:
            ours = _Clients(served.port, _STATUS, AUTHORIZED)
            bare = _Clients(bare_port, _BARE, {})
            # Once for what is made at the first request.
            ours.rate(seconds / 2)
            bare.rate(seconds / 2)
            pairs = [(ours.rate(seconds), bare.rate(seconds)) for _ in range(rounds)]
            ours.close()
            bare.close()
    yield Figure(
        what="GET /status per second",
        value=median(own for own, _ in pairs),
        unit="/s",
        beside=f"{_CONNECTIONS} kept-open connections; the bare route answers"
        f" {median(other for _, other in pairs):,.0f} a second; {rounds} rounds of"
        " both in turn",
    )
    yield Figure(
        what="GET /status against the bare route",
        value=100 * median(own / other for own, other in pairs),
        unit="%",
        target=50,
        bound=Bound.AT_LEAST,
        beside="median of the rounds' ratios",
    )
