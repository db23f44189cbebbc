"""How long a person waits for `spendguard --help`."""

from collections.abc import Iterator
from statistics import median

from benchmarks.children import seconds_of, spendguard
from benchmarks.figure import Figure


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Run it as installed, with bytecode, several times."""
    times = 3 if is_short else 11
    command = (spendguard(), "--help")
    # The first run may have to compile.
    seconds_of(command)
    samples = [seconds_of(command) for _ in range(times)]
    yield Figure(
        what="spendguard --help",
        value=median(samples),
        unit="s",
        target=0.5,
        beside=f"whole process, median of {times}, slowest {max(samples):.2f} s",
    )
