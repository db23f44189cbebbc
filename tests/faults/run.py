"""One run: a world, its observer, and what each rule comes to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import reject
from hypothesis.stateful import RuleBasedStateMachine, initialize
from typing_extensions import override

from tests.faults import all_clear, bounds, doubt, records, strategies
from tests.faults.observer import Observer
from tests.faults.plans import Plan
from tests.faults.provider import Terms
from tests.faults.tally import Tally
from tests.faults.witness import History, Seen
from tests.faults.world import Workshop, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Enough(KeyboardInterrupt):
    """All checks are made: nothing but an interruption ends a run between two."""


class Run(RuleBasedStateMachine):
    """One run; rules are what disturbs it, and after each of them it checks."""

    workshop: ClassVar[Workshop]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.tally.runs += 1
        self.history = History()

    @initialize(
        terms=strategies.terms, plan=strategies.plans, ceiling=strategies.ceilings
    )
    def begin(self, terms: Terms, plan: Plan, ceiling: int | None) -> None:
        self.world = World(self.workshop, terms)
        self.observer = Observer(self.world)
        self.world.simulator.advance(timedelta(days=terms.day))
        self.world.start(plan, ceiling)
        self._check()

    def _pass(self, span: timedelta) -> None:
        self.world.simulator.advance(span)

    def _check(self) -> None:
        with self._breaking_off():
            self.observer.begin()
            check = self.world.check()
            self._hold(self.observer.end(check))

    def _hold(self, seen: Seen) -> None:
        self.tally.count(seen)
        for rules in (bounds, doubt, all_clear, records):
            rules.hold(seen, self.history)
        self.history.add(seen)
        if self.tally.is_enough:
            raise Enough

    @contextmanager
    def _breaking_off(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not self.tally.break_off(type(error)):
                reject()  # another end than the one that fewer steps are sought for
            raise

    @override
    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.tally.faults.update(self.world.wire.used)
            self.tally.exempt += self.history.exempt
            with self._breaking_off():
                records.hold_chains(self.world.services)
            self.world.close()


def next_month(at: datetime) -> datetime:
    later = at.replace(day=1) + 32 * DAY
    return later.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
