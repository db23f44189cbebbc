"""What the database would not keep is known, tried again soon, and then forgotten."""

from datetime import timedelta
from threading import Event

import pytest
import structlog

from service.domain.errors import StorageUnavailable
from service.scheduler.setbacks import Setbacks
from tests.fakes import FakeClock
from tests.unit.scheduled import NOON, RecordedJobs, running, scheduler_of

FULL = StorageUnavailable("the disk is full: /var/x.db", trouble="the disk is full")
SECOND = timedelta(seconds=1)


def test_a_job_is_tried_again_ever_more_seldom() -> None:
    setbacks = Setbacks("checks")
    pauses = []
    now = NOON
    for _ in range(7):
        setbacks.note("acme", FULL, now)
        next_at = setbacks.next_at()
        assert next_at is not None
        pauses.append((next_at - now) // SECOND)
        now = next_at
        assert setbacks.take_due(now) == {"acme"}

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_job_that_is_being_tried_is_not_due_once_more() -> None:
    setbacks = Setbacks("checks")
    setbacks.note("acme", FULL, NOON)
    setbacks.take_due(NOON + SECOND)

    assert setbacks.take_due(NOON + 2 * SECOND) == frozenset()


def test_the_same_trouble_is_news_once() -> None:
    setbacks = Setbacks("checks")
    locked = StorageUnavailable("locked", trouble="locked")

    news = [setbacks.note("acme", each, NOON) for each in (FULL, FULL, locked)]

    assert news == [True, False, True]


def test_the_reason_names_the_trouble_and_neither_place_nor_organization() -> None:
    setbacks = Setbacks("checks")
    setbacks.note("acme", FULL, NOON)
    setbacks.note("beta", FULL, NOON)
    setbacks.note("gamma", StorageUnavailable("gone: /var/x.db"), NOON)

    assert setbacks.reasons() == (
        "checks: storage_unavailable",
        "checks: storage_unavailable: the disk is full",
    )


def test_who_is_no_longer_checked_is_no_reason() -> None:
    setbacks = Setbacks("checks")
    setbacks.note("acme", FULL, NOON)
    setbacks.keep(["beta"])

    assert setbacks.reasons() == ()
    assert setbacks.next_at() is None


def until(event: Event, clock: FakeClock, recorded: RecordedJobs) -> None:
    for _ in range(100):
        clock.advance(SECOND)
        recorded.changed.set()  # wakes the loop, as a policy file does
        if event.wait(0.05):
            return
    pytest.fail("it did not go on")


def test_a_check_that_was_not_kept_is_tried_again_within_its_interval() -> None:
    clock = FakeClock(NOON)
    recorded = RecordedJobs("acme", "beta")
    recorded.broken["beta"] = FULL
    scheduler = scheduler_of(recorded, clock)

    with structlog.testing.capture_logs() as logs, running(scheduler):
        recorded.wait_for("checked acme")
        for _ in range(100):
            if scheduler.reasons()[0].startswith("checks"):
                break
            Event().wait(0.01)
        assert "checks: storage_unavailable: the disk is full" in scheduler.reasons()
        del recorded.broken["beta"]
        until(recorded.seen.setdefault("checked beta", Event()), clock, recorded)
        recorded.wait_for("heartbeat")
        assert scheduler.reasons() == ()

    # Nobody else was checked twice for it, and it was told once, without a traceback.
    assert sorted(recorded.checked) == ["acme", "beta"]
    assert [
        each["organization"] for each in logs if each["event"] == "check.failed"
    ] == ["beta"]
    assert not any(each.get("exc_info") for each in logs)


def test_a_delivery_that_cannot_be_claimed_makes_the_guard_not_ready() -> None:
    clock = FakeClock(NOON)
    recorded = RecordedJobs("acme")
    recorded.waiting = {"finops": 1}
    recorded.broken["finops"] = FULL
    outbox = Event()
    scheduler = scheduler_of(recorded, clock, outbox)

    with structlog.testing.capture_logs(), running(scheduler):
        recorded.wait_for("heartbeat")
        for _ in range(100):
            if scheduler.reasons():
                break
            Event().wait(0.01)
        assert scheduler.reasons() == (
            "deliveries: storage_unavailable: the disk is full",
        )
        del recorded.broken["finops"]
        outbox.set()
        recorded.wait_for("delivered finops")

    assert scheduler.reasons() == ()
