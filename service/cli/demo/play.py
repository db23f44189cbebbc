"""The month itself: turn the clock a step, let the service run, read its log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.cli.demo.show import Show
from service.cli.demo.timeline import Happening, Reading, Timeline
from service.cli.demo.world import World
from service.scheduler import Scheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many days, in which steps, and how many a second at most (0: all it can)."""

    days: int
    step: timedelta
    speed: float


def play(
    world: World,
    scheduler: Scheduler,
    timeline: Timeline,
    show: Show,
    pace: Pace,
) -> None:
    """Play the days, and show each when it is over.

    The last step is the midnight after the last day: a month then shows its turn.
    """
    today: list[Happening] = []
    for fresh in _steps(world, scheduler, timeline, pace):
        last = timeline.readings[-2] if len(timeline.readings) > 1 else None
        if last is not None and _is_new_day(last, world.clock.now()):
            show.day(last, today)
            today = []
        today.extend(fresh)
    if timeline.readings:
        show.day(timeline.readings[-1], today)


def _is_new_day(last: Reading, now: datetime) -> bool:
    return last.at.date() != now.date()


def _steps(
    world: World, scheduler: Scheduler, timeline: Timeline, pace: Pace
) -> Iterator[tuple[Happening, ...]]:
    clock = world.clock
    start, began = clock.now(), clock.monotonic()
    for step in range(pace.days * timedelta(days=1) // pace.step + 1):
        if step and pace.speed:
            clock.wait(step / pace.speed - (clock.monotonic() - began))
        # To a fixed moment: waiting inside a check makes time pass as well.
        world.simulator.advance_to(start + step * pace.step)
        scheduler.run_due()
        yield timeline.read_on()
