"""When things run: checks on the ticks of their interval, deliveries as they come due.

Nothing waits for anything else: each organization's check and each channel's delivery
has a thread of its own while it lasts, and none runs twice at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread

import structlog

from service.domain.errors import NotFound, StorageError, WriterBusy
from service.ports import Clock
from service.scheduler.lanes import Lanes
from service.scheduler.outermost import ends_well
from service.scheduler.setbacks import Setbacks
from service.scheduler.turns import Turns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A machine that slept, or a clock that was set, is noticed after at most this long.
_LONGEST_NAP = timedelta(seconds=30)
# What another process put into the outbox is found after at most this long.
_OUTBOX_NAP = timedelta(seconds=1)
_POLICIES_NAP = timedelta(seconds=1)
# The past waits for everybody: a request a second while there is some to read.
_PAST_NAP = timedelta(seconds=1)
_PAST_REST = timedelta(minutes=1)
_PAST_END = timedelta(seconds=2)
_AFTER_FAILURE = timedelta(seconds=1)
# Rounds that may be missing before the guard counts as asleep.
_MISSING_ROUNDS = 3
# No organization can be called so: a name has no space.
_HEARTBEAT = "the heartbeat"
_DRILL = "the drill"
_PAST = "past"

log = structlog.stdlib.get_logger("spendguard.scheduler")


def tick_of(at: datetime, interval: timedelta) -> datetime:
    """Give the newest tick at or before a moment; ticks count from 1970 in UTC."""
    return at - (at - _EPOCH) % interval


def next_tick(at: datetime, interval: timedelta) -> datetime:
    """Give the first tick after a moment."""
    return tick_of(at, interval) + interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What is done when its time has come.

    `organizations` raises `NotFound` while no policies are in force; `check` leaves out
    who had one since the moment given with it, None for whatever was before, and raises
    `WriterBusy` when another process is at it; `deliver` gives how many attempts it
    made; `wait_for_policies` blocks until they may have changed or time is up;
    `read_past` reads one past month of an organization that is due and says whether one
    was.
    """

    organizations: Callable[[], Sequence[str]]
    last_checked_at: Callable[[str], datetime | None]
    check: Callable[[str, datetime | None], object]
    due_channels: Callable[[], Sequence[str]]
    deliver: Callable[[str], int]
    wait_for_policies: Callable[[timedelta], bool]
    load_policies: Callable[[], object]
    heartbeat: Callable[[], None]
    drill: Callable[[], object]
    read_past: Callable[[str], bool]


class Scheduler:
    """The loops of a running service, or one round at a time under a virtual clock."""

    def __init__(
        self, clock: Clock, interval: timedelta, jobs: Jobs, outbox: Event
    ) -> None:
        self._clock = clock
        self._interval = interval
        self._jobs = jobs
        self._outbox = outbox
        self._ticks: dict[str, datetime] = {}
        self._checked: set[str] = set()
        self._unkept = Setbacks("checks")
        self._undelivered = Setbacks("deliveries")
        self._round_ended_at: datetime | None = None
        self._round_ended = 0.0
        self._lock = Lock()
        self._wake = Event()
        self._stopping = Event()
        self._closing = Event()
        self._has_round = Event()
        self._past = Turns(jobs.organizations, jobs.read_past)
        self._checks = Lanes("check")
        self._deliveries = Lanes("deliver")
        self._loops: list[Thread] = []

    def start(self) -> None:
        """Start the loops: checks, deliveries, policy files, past months."""
        for name, step, end in (
            ("checks", self._step_checks, self._stopping),
            ("policies", self._step_policies, self._stopping),
            (_PAST, self._step_past, self._stopping),
            ("deliveries", self._step_deliveries, self._closing),
        ):
            loop = Thread(target=_loop, args=(name, step, end), name=name, daemon=True)
            self._loops.append(loop)
            loop.start()

    def run_due(self) -> int:
        """Run what is due now, in this thread; give how many checks ran.

        What a job raises is raised here.
        """
        due = self._due(self._clock.now())
        for organization in due:
            if self._check(organization):
                self._jobs.heartbeat()
                self._jobs.drill()
        while sum(self._jobs.deliver(name) for name in self._jobs.due_channels()):
            continue
        while self._past.take():
            continue
        return len(due)

    def reasons(self) -> tuple[str, ...]:
        """Give why the loop cannot be relied upon; nothing when it can."""
        reasons = (*self._unkept.reasons(), *self._undelivered.reasons())
        ended_at = self._round_ended_at
        if ended_at is None:
            return (*reasons, "no round of checks has ended yet")
        # By the steady clock: the other may be set back or forth.
        passed = timedelta(seconds=self._clock.monotonic() - self._round_ended)
        if passed > _MISSING_ROUNDS * self._interval:
            since = ended_at.isoformat()
            return (*reasons, f"no round of checks has ended since {since}")
        return reasons

    def request_stop(self) -> None:
        """Start no more checks; safe to call from a signal handler."""
        self._stopping.set()
        self._wake.set()
        self._has_round.set()

    def stop(self, patience: timedelta) -> bool:
        """Let checks, then deliveries under way end; say whether they did in time."""
        self.request_stop()
        checks_ended = self._checks.drain(patience)
        self._closing.set()
        self._outbox.set()
        for loop in self._loops:
            # Nothing hangs on a past month that is being read: it is read again.
            most = _PAST_END if loop.name == _PAST else patience
            loop.join(min(most, patience).total_seconds())
        return self._deliveries.drain(patience) and checks_ended

    def _step_checks(self) -> None:
        now = self._clock.now()
        for organization in self._due(now):
            self._checks.start(
                organization, partial(self._check_and_beat, organization)
            )
        next_at = next_tick(now, self._interval)
        rest = min(self._unkept.next_at() or next_at, next_at) - self._clock.now()
        self._wake.wait(max(min(rest, _LONGEST_NAP).total_seconds(), 0))
        self._wake.clear()

    def _due(self, now: datetime) -> tuple[str, ...]:
        """Give who has had no check in this tick, and note that they have one now."""
        try:
            organizations = self._jobs.organizations()
        except NotFound:
            return ()
        tick = tick_of(now, self._interval)
        # Unequal, not earlier: a clock that was set back must not stop the checks.
        self._unkept.keep(organizations)
        again = self._unkept.take_due(now)
        due = tuple(
            each
            for each in organizations
            if self._ticks.get(each) != tick or each in again
        )
        self._ticks.update(dict.fromkeys(due, tick))
        return due

    def _check_and_beat(self, organization: str) -> None:
        try:
            ends_round = self._check(organization)
        except StorageError as error:
            if self._unkept.note(organization, error, self._clock.now()):
                log.warning(
                    "check.failed", organization=organization, reason=str(error)
                )
            self._wake.set()
            return
        self._unkept.clear(organization)
        if ends_round:
            # In a thread of its own: a slow answer must not delay the next check.
            self._checks.start(_HEARTBEAT, self._jobs.heartbeat)
            self._checks.start(_DRILL, self._jobs.drill)

    def _check(self, organization: str) -> bool:
        """Check an organization; say whether that ended a round."""
        since = self._since()
        if not self._was_checked_elsewhere(organization, since):
            try:
                self._jobs.check(organization, since)
            except WriterBusy:
                log.info("check.left_to_another", organization=organization)
                return False
        return self._ends_round(organization)

    def _since(self) -> datetime | None:
        """Give since when a replica's check will do; the first is always ours.

        Ours, because what a crash left unsettled is settled by a check (§2).
        """
        with self._lock:
            is_first = self._round_ended_at is None
        return None if is_first else tick_of(self._clock.now(), self._interval)

    def _was_checked_elsewhere(self, organization: str, since: datetime | None) -> bool:
        """Say so before the lock is waited for, which most often spares the wait."""
        if since is None:
            return False
        at = self._jobs.last_checked_at(organization)
        return at is not None and since <= at <= self._clock.now()

    def _ends_round(self, organization: str) -> bool:
        """Note a check; a round ends when every organization had one since the last."""
        every = set(self._jobs.organizations())
        with self._lock:
            self._checked.add(organization)
            if every - self._checked:
                return False
            self._checked.clear()
            self._round_ended_at = self._clock.now()
            self._round_ended = self._clock.monotonic()
            self._has_round.set()
            return True

    def _step_policies(self) -> None:
        if self._jobs.wait_for_policies(_POLICIES_NAP) and not self._stopping.is_set():
            self._jobs.load_policies()
            # A new organization is due at once.
            self._wake.set()

    def _step_past(self) -> None:
        """Read one past month, after the first round: it needs what checks find."""
        self._has_round.wait()
        if not self._stopping.is_set():
            nap = _PAST_NAP if self._past.take() else _PAST_REST
            self._stopping.wait(nap.total_seconds())

    def _step_deliveries(self) -> None:
        self._outbox.clear()
        due = self._jobs.due_channels()
        self._undelivered.keep(due)
        for channel in due:
            self._deliveries.start(channel, partial(self._deliver, channel))
        self._outbox.wait(_OUTBOX_NAP.total_seconds())

    def _deliver(self, channel: str) -> None:
        try:
            attempts = self._jobs.deliver(channel)
        except StorageError as error:
            if self._undelivered.note(channel, error, self._clock.now()):
                log.warning("delivery.failed", channel=channel, reason=str(error))
            return
        self._undelivered.clear(channel)
        # A failed attempt may have given rise to one for the fallback channel.
        if attempts:
            self._outbox.set()


def _loop(name: str, step: Callable[[], None], end: Event) -> None:
    told = ""

    def take_step() -> None:
        nonlocal told
        try:
            step()
        except StorageError as error:
            # The loop outlives a database that is away; one line is enough for it.
            if str(error) != told:
                told = str(error)
                log.warning("loop.failed", loop=name, reason=told)
            end.wait(_AFTER_FAILURE.total_seconds())
        else:
            told = ""

    while not end.is_set():
        if not ends_well(take_step, "loop.failed", loop=name):
            end.wait(_AFTER_FAILURE.total_seconds())
