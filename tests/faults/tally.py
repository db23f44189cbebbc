"""What all runs together came to, counted exactly: it is what is reported."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from service.simulator.faults import FaultKind
from tests.faults.witness import Seen


@dataclass
class Tally:
    """Counts; `wanted` checks are enough."""

    wanted: int = sys.maxsize
    runs: int = 0
    checks: int = 0
    exempt: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    faults: Counter[FaultKind] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    broken_after: int | None = None
    broken: type[Exception] | None = None
    report: Callable[["Tally"], None] | None = None

    @property
    def is_enough(self) -> bool:
        """Say whether to stop; never while a broken run is looked at again."""
        return self.broken_after is None and self.checks >= self.wanted

    def count(self, seen: Seen) -> None:
        """Count one check, or one act of a person."""
        if seen.check is not None:
            self.checks += 1
            self.states[seen.check.spend.state.value] += 1
        for post in seen.posts:
            who = "by the product" if post.is_automatic else "by a person"
            way = "up" if post.is_raise else "down"
            kind = "" if post.change is None else post.change.kind.value
            self.writes[f"{kind} {way}, {who}".strip()] += 1
        if self.report is not None:
            self.report(self)

    def break_off(self, how: type[Exception]) -> bool:
        """Note that a rule was broken; say whether it is the one broken first."""
        if self.broken_after is None:
            self.broken_after, self.broken = self.checks, how
        return self.broken is how
