"""One writer per organization, and one `serve` per SQLite file."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from service.domain.errors import WriterBusy
from service.ports import Locks
from service.storage import Database, locks_for
from tests.contract.samples import NOON
from tests.fakes import FakeClock

SECOND = timedelta(seconds=1)
NONE = timedelta(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def locks(database: Database, clock: FakeClock) -> Locks:
    return locks_for(database, clock)


@pytest.fixture
def file_database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def leased(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    database.upgrade()
    yield database
    database.close()


def test_an_organization_has_one_writer(locks: Locks) -> None:
    with locks.organization("acme", NONE) as held:
        assert held.is_held(timedelta(seconds=45))
        with pytest.raises(WriterBusy, match="acme"), locks.organization("acme", NONE):
            pass

    with locks.organization("acme", NONE) as again:
        assert again.is_held(NONE)


def test_organizations_do_not_wait_for_each_other(locks: Locks) -> None:
    with locks.organization("acme", NONE), locks.organization("serve", NONE) as held:
        assert held.is_held(NONE)


def test_who_comes_second_waits_as_long_as_it_said(
    locks: Locks, clock: FakeClock
) -> None:
    with (
        locks.organization("acme", NONE),
        pytest.raises(WriterBusy),
        locks.organization("acme", SECOND),
    ):
        pass

    assert SECOND <= clock.now() - NOON < 2 * SECOND


def test_a_lock_is_given_back_when_the_work_fails(locks: Locks) -> None:
    with pytest.raises(ZeroDivisionError), locks.organization("acme", NONE):
        raise ZeroDivisionError

    with locks.organization("acme", NONE):
        pass


def test_a_database_in_memory_has_its_own_locks(clock: FakeClock) -> None:
    locks = locks_for(Database("sqlite://"), clock)

    with locks.organization("acme", NONE) as held:
        assert held.is_held(NONE)
        with pytest.raises(WriterBusy), locks.organization("acme", NONE):
            pass
    with locks.service(), pytest.raises(WriterBusy), locks.service():
        pass


def test_a_second_serve_is_refused_in_one_line_that_names_the_file(
    file_database: Database, clock: FakeClock
) -> None:
    locks = locks_for(file_database, clock)

    with locks.service(), pytest.raises(WriterBusy) as refused, locks.service():
        pass

    assert f"{file_database.file}.serve.lock" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert clock.slept == []
    with locks.service():
        pass


@pytest.mark.postgresql
def test_any_number_of_serves_share_a_postgresql(
    leased: Database, clock: FakeClock
) -> None:
    locks = locks_for(leased, clock)

    with locks.service(), locks.service():
        pass


HOLDER = """
import sys, time
from datetime import UTC, datetime, timedelta
from service.storage import Database, locks_for
from tests.fakes import FakeClock
locks = locks_for(Database(sys.argv[1]), FakeClock(datetime(2026, 8, 20, tzinfo=UTC)))
with locks.service(), locks.organization("acme", timedelta(0)):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_kernel_frees_the_locks_of_a_process_that_was_killed(
    file_database: Database, sqlite_url: str, clock: FakeClock
) -> None:
    locks = locks_for(file_database, clock)
    with another_process(sqlite_url) as other:
        with pytest.raises(WriterBusy), locks.organization("acme", SECOND):
            pass
        with pytest.raises(WriterBusy), locks.service():
            pass
        other.kill()
        other.wait()

        with locks.service(), locks.organization("acme", NONE) as held:
            assert held.is_held(NONE)


def expire(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE lease SET expires_at = now() - interval '1 s'"))
        connection.commit()


@pytest.mark.postgresql
def test_a_lease_that_ran_out_is_taken_over(leased: Database, clock: FakeClock) -> None:
    locks = locks_for(leased, clock)
    with locks.organization("acme", NONE) as first:
        expire(leased)
        assert not first.is_held(NONE)
        with locks.organization("acme", NONE) as second:
            assert second.is_held(timedelta(seconds=45))
            assert not first.is_held(NONE)


@pytest.mark.postgresql
def test_who_lost_a_lease_does_not_end_the_one_of_who_took_it(
    leased: Database, clock: FakeClock
) -> None:
    locks = locks_for(leased, clock)
    late = locks.organization("acme", NONE)
    late.__enter__()
    expire(leased)
    with locks.organization("acme", NONE) as second:
        late.__exit__(None, None, None)
        assert second.is_held(NONE)


@pytest.mark.postgresql
def test_a_lease_is_held_for_no_longer_than_it_lasts(
    leased: Database, clock: FakeClock
) -> None:
    with locks_for(leased, clock).organization("acme", NONE) as held:
        assert held.is_held(timedelta(seconds=80))
        assert not held.is_held(timedelta(seconds=91))
