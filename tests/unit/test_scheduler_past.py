"""The past is read in its turn, and in nobody's way."""

from datetime import timedelta
from threading import Event

import pytest

from tests.fakes import FakeClock
from tests.unit.scheduled import INTERVAL, NOON, RecordedJobs, running, scheduler_of


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


def test_the_past_is_read_after_the_checks_by_turns(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme", "beta", "new")
    recorded.past = {"acme": 1, "beta": 3}

    scheduler_of(recorded, clock).run_due()

    assert recorded.read == ["acme", "beta", "beta", "beta"]
    assert recorded.checked == ["acme", "beta", "new"]


def test_one_past_month_is_read_when_the_first_round_has_ended(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("slow", "acme")
    recorded.past = {"slow": 9, "acme": 9}
    recorded.blocked["slow"] = Event()

    with running(scheduler_of(recorded, clock)):
        recorded.wait_for("checked acme")
        assert recorded.read == []
        recorded.blocked["slow"].set()
        recorded.wait_for("read slow")

    assert recorded.read == ["slow"]


def test_the_past_is_in_nobodys_way(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    recorded.past = {"acme": 1}
    recorded.blocked["past of acme"] = Event()
    outbox = Event()
    scheduler = scheduler_of(recorded, clock, outbox)
    scheduler.start()
    recorded.wait_for("reading acme")

    recorded.waiting["finops"] = 1
    outbox.set()
    recorded.wait_for("delivered finops")
    clock.advance(INTERVAL)
    recorded.changed.set()
    recorded.wait_for("checked acme again")

    assert scheduler.stop(timedelta(milliseconds=10))
    recorded.blocked["past of acme"].set()
