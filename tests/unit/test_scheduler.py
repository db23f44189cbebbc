"""When things run: ticks, rounds, and that nothing waits for anything else."""

from datetime import datetime, timedelta
from threading import Event
from time import monotonic

import pytest

from service.domain.errors import WriterBusy
from service.scheduler import Lanes, next_tick, tick_of
from tests.fakes import FakeClock
from tests.unit.scheduled import (
    INTERVAL,
    NOON,
    SOON,
    RecordedJobs,
    running,
    scheduler_of,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.mark.parametrize(
    ("at", "interval", "expected"),
    [
        (NOON, INTERVAL, NOON + INTERVAL),
        (NOON + timedelta(seconds=1), INTERVAL, NOON + INTERVAL),
        (NOON + timedelta(minutes=4, seconds=59), INTERVAL, NOON + INTERVAL),
        (NOON, timedelta(seconds=7), NOON + timedelta(seconds=7 - 1)),
        (
            NOON + timedelta(microseconds=1),
            timedelta(days=1),
            NOON.replace(day=21, hour=0),
        ),
    ],
)
def test_the_next_tick_lies_on_the_grid_of_the_interval(
    at: datetime, interval: timedelta, expected: datetime
) -> None:
    following = next_tick(at, interval)

    assert at < following <= at + interval
    assert following == tick_of(following, interval)
    if interval != timedelta(seconds=7):
        assert following == expected


def test_every_organization_is_checked_once_a_tick(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme", "beta")
    scheduler = scheduler_of(recorded, clock)

    ran = [scheduler.run_due(), scheduler.run_due()]
    clock.advance(timedelta(minutes=4, seconds=59))
    ran.append(scheduler.run_due())
    clock.advance(timedelta(seconds=1))
    ran.append(scheduler.run_due())

    assert ran == [2, 0, 0, 2]
    assert recorded.checked == ["acme", "beta"] * 2


def test_a_clock_that_is_set_back_does_not_stop_the_checks(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    scheduler = scheduler_of(recorded, clock)
    scheduler.run_due()
    recorded.elsewhere["acme"] = NOON

    clock.set(NOON - timedelta(hours=3))

    assert scheduler.run_due() == 1
    assert recorded.checked == ["acme", "acme"]


def test_a_new_organization_is_due_at_once(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    scheduler = scheduler_of(recorded, clock)
    scheduler.run_due()

    recorded.names = ("acme", "beta")

    assert scheduler.run_due() == 1
    assert recorded.checked == ["acme", "beta"]


def test_without_policies_nothing_is_due(clock: FakeClock) -> None:
    recorded = RecordedJobs()
    recorded.names = None

    assert scheduler_of(recorded, clock).run_due() == 0


def test_a_check_another_process_made_in_this_tick_is_not_made_again(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("acme", "beta")
    scheduler = scheduler_of(recorded, clock)
    scheduler.run_due()
    clock.advance(INTERVAL)
    recorded.elsewhere.update(acme=clock.now(), beta=NOON)

    clock.advance(timedelta(seconds=2))
    scheduler.run_due()

    assert recorded.checked == ["acme", "beta", "beta"]
    assert recorded.beats == 2


def test_a_check_after_the_first_may_be_left_to_who_has_made_it_since_the_tick(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("acme")
    scheduler = scheduler_of(recorded, clock)
    scheduler.run_due()
    clock.advance(INTERVAL + timedelta(seconds=2))
    scheduler.run_due()

    assert recorded.since == [None, NOON + INTERVAL]


def test_the_first_check_is_made_whatever_was_checked_before(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    recorded.elsewhere = {"acme": NOON}

    scheduler_of(recorded, clock).run_due()

    assert recorded.checked == ["acme"]


def test_the_heart_beats_once_a_round_in_which_all_were_checked(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("acme", "beta")
    scheduler = scheduler_of(recorded, clock)

    scheduler.run_due()
    assert recorded.beats == 1
    assert recorded.drills == 1

    recorded.broken["beta"] = WriterBusy("another process has beta")
    clock.advance(INTERVAL)
    scheduler.run_due()
    assert recorded.beats == 1

    recorded.broken.clear()
    clock.advance(INTERVAL)
    scheduler.run_due()
    assert recorded.beats == 2


def test_the_loop_is_not_ready_before_a_round_has_ended(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    scheduler = scheduler_of(recorded, clock)

    assert scheduler.reasons() == ("no round of checks has ended yet",)
    scheduler.run_due()
    assert scheduler.reasons() == ()


def test_the_loop_is_not_ready_when_three_rounds_are_missing(clock: FakeClock) -> None:
    scheduler = scheduler_of(RecordedJobs("acme"), clock)
    scheduler.run_due()

    clock.advance(3 * INTERVAL)
    assert scheduler.reasons() == ()
    clock.advance(timedelta(seconds=1))
    assert scheduler.reasons() == (
        "no round of checks has ended since 2026-08-20T12:00:00+00:00",
    )


def test_a_clock_that_is_set_makes_the_loop_neither_late_nor_punctual(
    clock: FakeClock,
) -> None:
    scheduler = scheduler_of(RecordedJobs("acme"), clock)
    scheduler.run_due()

    clock.set(clock.now() + timedelta(days=2))
    assert scheduler.reasons() == ()
    clock.set(clock.now() - timedelta(days=4))
    clock.advance(3 * INTERVAL + timedelta(seconds=1))
    assert len(scheduler.reasons()) == 1


def test_a_round_delivers_until_nothing_is_due(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    recorded.waiting = {"finops": 2, "mail": 1}

    scheduler_of(recorded, clock).run_due()

    assert sorted(recorded.delivered) == ["finops", "mail"]


def test_a_slow_organization_delays_no_other(clock: FakeClock) -> None:
    recorded = RecordedJobs("slow", "acme")
    recorded.blocked["slow"] = Event()

    with running(scheduler_of(recorded, clock)):
        recorded.wait_for("checked acme")
        assert recorded.checked == ["acme"]
        recorded.blocked["slow"].set()
        recorded.wait_for("heartbeat")

    assert recorded.checked == ["acme", "slow"]


def test_a_check_that_fails_stops_neither_the_others_nor_the_loop(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("broken", "acme")
    recorded.broken["broken"] = RuntimeError("a mistake in the program")

    with running(scheduler_of(recorded, clock)):
        recorded.wait_for("checked acme")
        del recorded.broken["broken"]
        again = recorded.seen.setdefault("checked broken", Event())
        for _ in range(100):
            clock.advance(INTERVAL)
            recorded.changed.set()  # wakes the loop, as a policy file does
            if again.wait(0.1):
                break

    assert again.is_set()
    assert recorded.loads


def test_a_dead_channel_delays_no_other(clock: FakeClock) -> None:
    recorded = RecordedJobs()
    recorded.waiting = {"dead": 1, "finops": 1}
    recorded.blocked["dead"] = Event()

    with running(scheduler_of(recorded, clock)):
        recorded.wait_for("delivered finops")
        assert recorded.delivered == ["finops"]
        recorded.blocked["dead"].set()


def test_the_outbox_is_looked_at_as_soon_as_something_is_put_into_it(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs()
    outbox = Event()

    with running(scheduler_of(recorded, clock, outbox)):
        recorded.waiting["finops"] = 1
        started = monotonic()
        outbox.set()
        recorded.wait_for("delivered finops")

    assert monotonic() - started < 5


def test_stopping_lets_the_check_under_way_end_and_starts_none(
    clock: FakeClock,
) -> None:
    recorded = RecordedJobs("acme")
    recorded.blocked["acme"] = Event()
    scheduler = scheduler_of(recorded, clock)
    scheduler.start()

    scheduler.request_stop()
    recorded.blocked["acme"].set()

    assert scheduler.stop(SOON)
    assert recorded.checked in ([], ["acme"])


def test_stopping_is_bounded(clock: FakeClock) -> None:
    recorded = RecordedJobs("stuck", "acme")
    recorded.blocked["stuck"] = Event()
    scheduler = scheduler_of(recorded, clock)
    scheduler.start()
    recorded.wait_for("checked acme")

    assert not scheduler.stop(timedelta(milliseconds=10))
    recorded.blocked["stuck"].set()


def test_a_lane_takes_one_job_at_a_time() -> None:
    lanes = Lanes("test")
    release = Event()

    def job() -> None:
        assert release.wait(SOON.total_seconds())

    started = [lanes.start("acme", job), lanes.start("acme", job)]
    release.set()

    assert started == [True, False]
    assert lanes.drain(SOON)
    assert not lanes.start("acme", job)


def test_ticks_do_not_drift(clock: FakeClock) -> None:
    recorded = RecordedJobs("acme")
    scheduler = scheduler_of(recorded, clock)
    for _ in range(50):
        scheduler.run_due()
        clock.advance(timedelta(seconds=61))

    assert len(recorded.checked) == 10
