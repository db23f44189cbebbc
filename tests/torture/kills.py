"""Kill after kill on one database: cross, die, restart, settle, check."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.torture.chains import Chains
from tests.torture.course import BASELINE, Course, Crossing, policies
from tests.torture.gate import Window
from tests.torture.invariants import violations
from tests.torture.plan import Kill, plan
from tests.torture.process import PATIENCE_SECONDS, Process
from tests.torture.settle import settle
from tests.torture.show import show_kill, show_story
from tests.torture.tally import Tally
from tests.torture.taps import Taps
from tests.torture.world import Setting, World, running_world

# Looked at often: the window after a commit is some milliseconds long.
_LOOK_SECONDS = 0.0005
_INTERVAL = timedelta(seconds=1)
_GUARDRAILS = f"{{baseline_limit: {BASELINE}, cooldown: 0s, max_changes_per_day: 100}}"


class Torture:
    """One run: the service is alive between two kills."""

    def __init__(self, world: World, taps: Taps, tally: Tally) -> None:
        self._world = world
        self._taps = taps
        self._tally = tally
        self._course = Course()
        self._chains = Chains()
        self._service: Process | None = None
        self._address = ""

    def begin(self) -> tuple[str, ...]:
        """Start the first service; give what is wrong already."""
        return self._settled(self._start())

    def suffer(self, kill: Kill) -> tuple[str, ...]:
        """Cross and kill as planned, restart, and give what is not as it must be."""
        crossing = self._course.next()
        world, service = self._world, self._service
        if service is None:
            raise RuntimeError("nothing runs")
        world.provider.fate = kill.fate
        world.provider.forget_answers()
        problems: list[str] = []
        if kill.window is Window.RANDOM and kill.is_down:
            self._kill(service, Window.RANDOM)
            self._happen(crossing)
            service = world.start()
            time.sleep(kill.delay)
        elif not self._is_reached(kill, crossing):
            problems.append(f"nothing came to the window {kill.window!r}")
        self._kill(service, kill.window)
        world.gate.release()
        if kill.relapse is not None:
            service = world.start()
            time.sleep(kill.relapse)
            self._kill(service, Window.RANDOM)
        problems.extend(self._settled(self._start()))
        return tuple(problems)

    def _is_reached(self, kill: Kill, crossing: Crossing) -> bool:
        """Cross, and wait until the service is where it is to die."""
        world = self._world
        match kill.window:
            case Window.RANDOM:
                self._happen(crossing)
                time.sleep(kill.delay)
                return True
            case Window.DECIDED:
                before = world.ledger.decisions()
                self._happen(crossing)
                until = time.monotonic() + PATIENCE_SECONDS
                while world.ledger.decisions() == before:
                    if time.monotonic() > until:
                        return False
                    time.sleep(_LOOK_SECONDS)
                return True
            case _:
                world.gate.arm(kill.window)
                self._happen(crossing)
                return world.gate.wait() is not None

    def _happen(self, crossing: Crossing) -> None:
        """Let time pass until a crossing, and what it pours be spent."""
        self._taps.pour(crossing.pours)
        self._world.pass_time_until(crossing.at)

    def figures(self) -> dict[str, int]:
        """Count what was there to be lost."""
        world = self._world
        arrived = world.sink.arrived()
        entries = world.ledger.entries("spend_limit:change:failed")
        return {
            "months": len(self._course.turned),
            "alerts": len(world.ledger.firings()),
            "limit changes": len(world.provider.limit_history),
            "tries that failed": len(entries),
            "messages": len(world.ledger.messages()),
            "arrived twice": sum(arrived.values()) - len(arrived),
            "audit entries": self._chains.entries,
        }

    def last_words(self) -> str:
        return "" if self._service is None else self._service.last_words()

    def _start(self) -> Process:
        begin = time.monotonic()
        service = self._world.start()
        self._address = service.address()
        self._tally.starts.append(time.monotonic() - begin)
        self._service = service
        return service

    def _kill(self, service: Process, window: Window) -> None:
        self._world.bury(service)
        self._tally.kills[window] += 1

    def _settled(self, service: Process) -> tuple[str, ...]:
        problems = [*settle(self._world, self._course, service)]
        problems.extend(violations(self._world, self._course))
        fault = self._chains.fault(self._address)
        if fault is not None:
            problems.append(fault)
        return tuple(problems)


def run(database: str, seed: int, kills: int, *, is_quiet: bool) -> Tally:
    """Torture one database; stops at the first violation, and keeps the folder then."""
    tally = Tally(database=database, seed=seed, planned=kills)
    begin = time.monotonic()
    taps = Taps()
    setting = _setting(database, taps)
    with _scratch(tally) as folder, running_world(setting, folder) as world:
        torture = Torture(world, taps, tally)
        problems = torture.begin()
        for kill in plan(seed, kills):
            if problems:
                break
            problems = torture.suffer(kill)
            tally.seconds = time.monotonic() - begin
            show_kill(tally, kill, is_quiet=is_quiet)
            if problems:
                show_story(tally, kill, problems, world, torture.last_words())
        tally.problems.extend(problems)
        tally.figures = torture.figures()
    tally.seconds = time.monotonic() - begin
    return tally


def _setting(database: str, taps: Taps) -> Setting:
    return Setting(
        database=database,
        provider=taps.provider(Course().now, BASELINE),
        guardrails=_GUARDRAILS,
        policies=policies(),
        interval=_INTERVAL,
    )


@contextmanager
def _scratch(tally: Tally) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spendguard-torture-"))
    yield folder
    if not tally.problems:
        shutil.rmtree(folder)
