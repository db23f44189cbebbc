"""Two services share a database for a month, and one dies each day.

What came of it must be what one service alone makes of the same month: the same alerts,
the same news on each channel, the same moves of the limit.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.torture import month
from tests.torture.invariants import of_limits, of_messages
from tests.torture.process import PATIENCE_SECONDS, Process
from tests.torture.show import say
from tests.torture.world import LEASE, Setting, World, running_world

_DAY = timedelta(days=1)
_LOOK_SECONDS = 0.01
# A check of an hour takes about as long; a kill comes somewhere in it.
_LONGEST_DELAY_SECONDS = 0.3
# Whoever lives ends its checks in this time, or waits for what the dead one held.
_QUIET_SECONDS = 0.5
_SAME_TIME = timedelta(minutes=10)
_NEWS = frozenset({"fired", "resolved", "reminder", "new_period"})


@dataclass(slots=True, kw_only=True)
class Story:
    """What a month came to, as far as anybody outside can tell."""

    alerts: dict[str, datetime] = field(default_factory=dict)
    news: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    moves: list[tuple[str, int, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """Which service dies after which step of the clock, and how long after it."""

    step: int
    victim: int
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long it lasts, from when on, and how far the clock goes at each step."""

    days: int
    start: datetime
    step: timedelta

    @property
    def steps_a_day(self) -> int:
        return _DAY // self.step


def deaths(seed: int, span: Span) -> tuple[Death, ...]:
    """Give one for each day, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
    return tuple(
        Death(
            step=day * span.steps_a_day + chance.randrange(span.steps_a_day) + 1,
            victim=chance.randrange(2),
            delay=chance.uniform(0, _LONGEST_DELAY_SECONDS),
        )
        for day in range(span.days)
    )


def compare(database: str, seed: int, span: Span) -> list[str]:
    """Live through the days twice, alone and by two who die; give what differs."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(_live, database, span, ())
        two = pool.submit(_live, database, span, deaths(seed, span))
        alone, shared = one.result(), two.result()
    problems = [
        *alone.problems,
        *shared.problems,
        *_differences(alone, shared, span.step),
    ]
    _show(seed, span.days, alone, shared, problems)
    return problems


def _live(database: str, span: Span, dying: tuple[Death, ...]) -> Story:
    setting = Setting(
        database=database,
        provider=month.provider(span.start),
        guardrails=month.GUARDRAILS,
        policies=month.policies(),
        interval=span.step,
    )
    begin = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="spendguard-replicas-") as folder,
        running_world(setting, Path(folder)) as world,
    ):
        life = _Life(world, span.step, replicas=2 if dying else 1)
        steps = span.days * span.steps_a_day
        life.last(steps, {each.step: each for each in dying})
        story = life.story()
    story.figures["seconds"] = round(time.monotonic() - begin)
    return story


class _Life:
    """Steps of the clock, each when all of the one before is done."""

    def __init__(self, world: World, step: timedelta, replicas: int) -> None:
        self._world = world
        self._step = step
        self._start = world.provider.clock.now()
        self._figures: Counter[str] = Counter()
        self._services = [self._started() for _ in range(replicas)]

    def last(self, steps: int, dying: dict[int, Death]) -> None:
        self._end_step()
        for step in range(1, steps + 1):
            self._world.pass_time_until(self._start + step * self._step)
            death = dying.get(step)
            if death is not None:
                time.sleep(death.delay)
                self._die(death)
            self._end_step()

    def story(self) -> Story:
        world = self._world
        messages = world.ledger.messages()
        entries = world.ledger.entries("spend_limit:change:")
        names = world.provider.organizations
        self._figures["checks"] = sum(n for n, _ in world.ledger.checks().values())
        self._figures["messages"] = len(messages)
        arrived = world.sink.arrived()
        self._figures["arrived twice"] = arrived.total() - len(arrived)
        return Story(
            alerts=world.ledger.fired_at(),
            news=Counter(
                (message.channel, kind, alert)
                for message in messages
                if message.state != "merged"
                for kind, alert in message.events
                if kind in _NEWS
            ),
            moves=[
                (name, move.before.amount, move.after.amount)
                for name in names
                for move in world.provider.limit_history
                if move.organization == name
            ],
            problems=[
                *of_messages(world, messages),
                *of_limits(world, names, entries),
                *(
                    f"not sent: {each}"
                    for each in messages
                    if each.state != "delivered"
                ),
            ],
            figures=self._figures,
        )

    def _die(self, death: Death) -> None:
        """Kill one; the other takes over what it held when its leases have run out."""
        world = self._world
        self._services[death.victim].kill()
        self._figures["kills"] += 1
        if world.ledger.leases():
            held = self._held_by_the_dead()
            self._figures["died in a check"] += bool(held)
        world.ledger.let_leases_pass(LEASE)
        world.pass_time(LEASE)
        self._services[death.victim] = self._started()

    def _started(self) -> Process:
        """Start one, and let it make the first checks, which are always its own."""
        service = self._world.start()
        until = time.monotonic() + PATIENCE_SECONDS
        names = set(self._world.provider.organizations)
        while names - {each["chain"] for each in service.events("check.completed")}:
            if time.monotonic() > until:
                raise TimeoutError(f"no first checks:\n{service.last_words()}")
            service.require_alive()
            time.sleep(_LOOK_SECONDS)
        return service

    def _held_by_the_dead(self) -> set[str]:
        """Wait until no lease moves: who lives ended, or waits for the dead one's."""
        held, since = self._world.ledger.leases(), time.monotonic()
        while held and time.monotonic() - since < _QUIET_SECONDS:
            time.sleep(_LOOK_SECONDS)
            now = self._world.ledger.leases()
            if now != held:
                held, since = now, time.monotonic()
        return held

    def _end_step(self) -> None:
        """Wait until everybody was checked since this step, and everything was sent."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._is_done():
            if time.monotonic() > until:
                raise TimeoutError(f"a step does not end:\n{self._last_words()}")
            time.sleep(_LOOK_SECONDS)

    def _is_done(self) -> bool:
        world = self._world
        now = world.provider.clock.now()
        checks = world.ledger.checks()
        tick = now - (now - self._start) % self._step
        is_checked = len(checks) == len(world.provider.organizations) and all(
            at >= tick for _, at in checks.values()
        )
        return is_checked and not world.ledger.leases() and not world.ledger.is_due(now)

    def _last_words(self) -> str:
        return "\n\n".join(each.last_words() for each in self._services)


def _differences(alone: Story, shared: Story, step: timedelta) -> Iterator[str]:
    for alert in alone.alerts.keys() ^ shared.alerts.keys():
        who = "one alone" if alert in alone.alerts else "the two"
        yield f"only {who} fired {alert}"
    for alert in alone.alerts.keys() & shared.alerts.keys():
        one, other = alone.alerts[alert], shared.alerts[alert]
        # Who takes over looks once more between two steps, and may see it first there.
        if not one - step < other <= one + _SAME_TIME:
            yield f"{alert} fired at {one} alone and at {other} by two"
    for news, times in ((alone.news - shared.news) + Counter()).items():
        yield f"told {times} times less by two: {news}"
    for news, times in ((shared.news - alone.news) + Counter()).items():
        yield f"told {times} times more by two: {news}"
    if alone.moves != shared.moves:
        yield f"the limit moved {alone.moves} alone, {shared.moves} by two"


def _show(
    seed: int, days: int, alone: Story, shared: Story, problems: list[str]
) -> None:
    say(f"\n{days} simulated days, seed {seed}: one service, and two of which one dies")
    for what, story in (("alone", alone), ("by two", shared)):
        counted = [
            f"{len(story.alerts)} alerts",
            f"{story.news.total()} pieces of news",
            f"{len(story.moves)} limit changes",
            *(f"{number} {name}" for name, number in story.figures.items()),
        ]
        say(f"  {what}: {', '.join(counted)}")
    for problem in problems:
        say(f"  DIFFERENT: {problem}")
    if not problems:
        say("  the same alerts, news and limit changes")
