"""How much memory `spendguard serve` holds after some checks, messages and requests."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.provider import provider
from benchmarks.served import AUTHORIZED, Connection, serving
from benchmarks.sink import sink
from benchmarks.world import (
    Wiring,
    name_of,
    now,
    policy,
    scratch,
    usual_policies,
    write_policies,
)

_RESIDENT = "VmRSS:"
_MEBI = 1024


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Check, deliver and answer for a while, then look (on Linux)."""
    checks = 20 if is_short else 100
    name = name_of(0)
    fired = policy(name, "fired", {}, [{"id": "at-once", "spend": 1}])
    with (
        provider(1, now()) as url,
        sink() as channel,
        scratch() as folder,
    ):
        wiring = Wiring(provider_url=url, channels=(channel,))
        write_policies(folder / "policies", wiring, [*usual_policies(name), fired])
        with serving(folder) as served:
            connection = Connection(served.port, AUTHORIZED)
            for _ in range(checks):
                connection.post("/api/v1/checks", {})
                for path in ("status", "alerts", "notifications", "audit"):
                    connection.get(f"/api/v1/{path}")
            connection.close()
            resident = _resident(served.child.id)
    yield Figure(
        what="resident memory of the service",
        value=resident,
        unit="MB",
        target=150,
        beside=f"one process after {checks} checks under 7 policies with four reads"
        " each over REST, and a delivered message",
    )


def _resident(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith(_RESIDENT))
    return int(kilobytes) / _MEBI
