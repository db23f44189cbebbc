"""What a scheduler may call, recorded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

from service.domain.errors import NotFound
from service.scheduler import Jobs, Scheduler
from tests.fakes import FakeClock

NOON = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)
SOON = timedelta(seconds=10)


class RecordedJobs:
    """What a scheduler may call; notes each call."""

    def __init__(self, *organizations: str) -> None:
        self.names: Sequence[str] | None = organizations
        self.checked: list[str] = []
        self.delivered: list[str] = []
        self.beats = 0
        self.drills = 0
        self.loads = 0
        self.waiting: dict[str, int] = {}
        self.elsewhere: dict[str, datetime] = {}
        self.broken: dict[str, Exception] = {}
        self.blocked: dict[str, Event] = {}
        self.changed = Event()
        self.seen: dict[str, Event] = {}
        self.since: list[datetime | None] = []
        self.past: dict[str, int] = {}
        self.read: list[str] = []

    def jobs(self) -> Jobs:
        return Jobs(
            organizations=self.organizations,
            last_checked_at=self.elsewhere.get,
            check=self.check,
            due_channels=lambda: tuple(n for n, count in self.waiting.items() if count),
            deliver=self.deliver,
            wait_for_policies=self.wait_for_policies,
            load_policies=self.load_policies,
            heartbeat=self.heartbeat,
            drill=self.drill,
            read_past=self.read_past,
        )

    def organizations(self) -> Sequence[str]:
        if self.names is None:
            raise NotFound("no policies are in force")
        return self.names

    def check(self, organization: str, since: datetime | None) -> None:
        self.since.append(since)
        if organization in self.blocked:
            assert self.blocked[organization].wait(SOON.total_seconds())
        if organization in self.broken:
            raise self.broken[organization]
        again = " again" if organization in self.checked else ""
        self.checked.append(organization)
        self.note(f"checked {organization}{again}")

    def deliver(self, channel: str) -> int:
        if channel in self.blocked:
            assert self.blocked[channel].wait(SOON.total_seconds())
        if channel in self.broken:
            raise self.broken[channel]
        attempts = self.waiting[channel]
        self.waiting[channel] = 0
        self.delivered.append(channel)
        self.note(f"delivered {channel}")
        return attempts

    def wait_for_policies(self, timeout: timedelta) -> bool:
        changed = self.changed.wait(min(timeout.total_seconds(), 0.05))
        self.changed.clear()
        return changed

    def load_policies(self) -> None:
        self.loads += 1

    def read_past(self, organization: str) -> bool:
        left = self.past.get(organization, 0)
        if f"past of {organization}" in self.blocked:
            self.note(f"reading {organization}")
            assert self.blocked[f"past of {organization}"].wait(SOON.total_seconds())
        if left:
            self.past[organization] = left - 1
            self.read.append(organization)
            self.note(f"read {organization}")
        return left > 0

    def drill(self) -> None:
        self.drills += 1

    def heartbeat(self) -> None:
        self.beats += 1
        self.note("heartbeat")

    def note(self, what: str) -> None:
        self.seen.setdefault(what, Event()).set()

    def wait_for(self, what: str) -> None:
        assert self.seen.setdefault(what, Event()).wait(SOON.total_seconds()), what


def scheduler_of(
    recorded: RecordedJobs, clock: FakeClock, outbox: Event | None = None
) -> Scheduler:
    return Scheduler(clock, INTERVAL, recorded.jobs(), outbox or Event())


@contextmanager
def running(scheduler: Scheduler) -> Iterator[None]:
    scheduler.start()
    try:
        yield
    finally:
        assert scheduler.stop(SOON)
