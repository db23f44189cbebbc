"""How long `spendguard serve` takes until it is ready."""

from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Figure
from benchmarks.provider import provider
from benchmarks.served import serving
from benchmarks.world import (
    Wiring,
    name_of,
    now,
    scratch,
    usual_policies,
    write_policies,
)


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Start it with a new database, then again with the one it left."""
    times = 1 if is_short else 5
    new, again = [], []
    with provider(1, now()) as url:
        wiring = Wiring(provider_url=url)
        # One more, the first: it may have to compile.
        for _ in range(times + 1):
            with scratch() as folder:
                write_policies(folder / "policies", wiring, usual_policies(name_of(0)))
                with serving(folder) as served:
                    new.append(served.ready_after)
                with serving(folder) as served:
                    again.append(served.ready_after)
    for what, samples in (("a new database", new[1:]), ("its database", again[1:])):
        yield Figure(
            what=f"service ready, with {what}",
            value=median(samples),
            unit="s",
            target=2,
            beside="from the start of the process to 200 from /readyz, its first check"
            f" of one organization included; median of {times},"
            f" slowest {max(samples):.2f} s",
        )
