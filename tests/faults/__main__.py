"""`python -m tests.faults`: thousands of checks against a provider that misbehaves.

Everything follows from the seed: what was found is found again by the line printed.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from service.simulator.faults import FaultKind
from tests.faults.runner import run_batch, run_until_enough, silence, workshop
from tests.faults.sabotage import SABOTAGES
from tests.faults.tally import Tally

LONG, SHORT = 10_000, 400
_SAY_EVERY = 10.0


class Progress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self._said = self.started

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def __call__(self, tally: Tally) -> None:
        if time.monotonic() - self._said < _SAY_EVERY:
            return
        self._said = time.monotonic()
        again = "" if tally.broken_after is None else ", looking for fewer steps"
        print(f"{self.seconds:6.0f} s  {tally.checks} checks{again}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the checks; give 1 and print the steps when a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--checks", type=int, default=LONG, help="how many")
    parser.add_argument("--short", action="store_true", help=f"{SHORT} checks")
    parser.add_argument("--seed", type=int, default=1, help="what all is drawn from")
    parser.add_argument(
        "--sabotages", action="store_true", help="break the product: is it found?"
    )
    parser.add_argument("--again", action="store_true", help="one whole batch only")
    parser.add_argument("--as-found", action="store_true", help="do not shrink")
    asked = parser.parse_args(arguments)
    progress = Progress()
    tally = Tally(wanted=SHORT if asked.short else asked.checks, report=progress)
    is_shrunk = not asked.as_found
    print(f"seed {asked.seed}", flush=True)
    if asked.sabotages:
        return break_on_purpose(tally.wanted, asked.seed)
    with silence(), workshop() as shop:
        if asked.again:
            tally.wanted = sys.maxsize
            holds = run_batch(shop, tally, asked.seed, is_shrunk=is_shrunk)
            broken = None if holds else asked.seed
        else:
            broken = run_until_enough(shop, tally, asked.seed, is_shrunk=is_shrunk)
    print_tally(tally, progress.seconds)
    if broken is None:
        print("every rule held")
        return 0
    print(
        f"BROKEN after {tally.broken_after} checks; the same again:"
        f" python -m tests.faults --again --seed {broken}"
    )
    return 1


def break_on_purpose(checks: int, seed: int) -> int:
    """Say of each breakage after how many checks it was found; 1 if one was not."""
    missed = 0
    for sabotage in SABOTAGES:
        tally = Tally(wanted=checks)
        with silence(), workshop(sabotage.rewire) as shop:
            broken = run_until_enough(shop, tally, seed, is_shrunk=False, is_told=False)
        missed += broken is None
        after = tally.broken_after
        found = "NOT FOUND" if broken is None else f"found after {after} checks"
        print(f"{sabotage.name:24} {found}", flush=True)
    return min(missed, 1)


def print_tally(tally: Tally, seconds: float) -> None:
    """Print what was done, for whoever wants to know what the result rests on."""
    print(f"{tally.checks} checks in {tally.runs} runs, {seconds:.0f} s")
    print(f"figures: {_counted(tally.states)}")
    print(f"limit writes: {_counted(tally.writes)}")
    print(f"answers spoiled: {_counted(tally.faults)}")
    print(f"crossings that nobody could see (all sources lied): {tally.exempt}")


def _counted(counts: Counter[str] | Counter[FaultKind]) -> str:
    found = counts.most_common()
    return "; ".join(f"{name} {count}" for name, count in found) or "none"


if __name__ == "__main__":
    sys.exit(main())
