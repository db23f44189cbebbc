"""Threads and processes that want the same thing at once."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import insert, select

from service.domain.audit_verification import verify
from service.domain.errors import Conflict, StorageError
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.tables import ALERT
from tests.builders import MINUTE, snapshot
from tests.contract.samples import NOON, alert, check, notification

Given = TypeVar("Given")


def at_once(count: int, task: Callable[[int], Given]) -> list[Given]:
    """Run a task in several threads that start together; give what each gave."""
    start = threading.Barrier(count)
    given: dict[int, Given] = {}

    def run(number: int) -> None:
        start.wait()
        given[number] = task(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [given[number] for number in range(count)]


def test_of_many_claims_of_one_notification_exactly_one_wins(
    database: Database,
) -> None:
    waiting = notification()
    with SqlUnitOfWork(database) as work:
        work.enqueue(waiting)

    def claim(_: int) -> bool:
        with SqlUnitOfWork(database) as work:
            return work.claim(waiting, NOON)

    assert sorted(at_once(8, claim)) == [False] * 7 + [True]


def test_one_identity_of_an_alert_is_there_once(database: Database) -> None:
    first = alert()
    with SqlUnitOfWork(database) as work:
        work.save_alert(first)
    with database.reading() as connection:
        row = connection.execute(select(ALERT)).one()._asdict()

    with pytest.raises(Conflict), database.writing() as connection:
        connection.execute(insert(ALERT), {**row, "id": "another", "position": 99})


def test_saving_one_alert_from_many_threads_keeps_one(database: Database) -> None:
    def save(_: int) -> None:
        with SqlUnitOfWork(database) as work:
            work.save_alert(alert())

    at_once(6, save)

    with database.reading() as connection:
        assert len(connection.execute(select(ALERT)).all()) == 1


def test_readers_see_nothing_of_an_open_transaction(database: Database) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_check(check())
        if not database.is_sqlite or database.file:
            assert SqlQueries(database).last_check("acme") is None


def test_readers_and_writers_do_not_disturb_each_other(database: Database) -> None:
    queries = SqlQueries(database)

    def work_on(number: int) -> int:
        done = 0
        for turn in range(10):
            if number % 2:
                queries.last_check("acme")
            else:
                with SqlUnitOfWork(database) as work:
                    work.save_check(check(number * 100 + turn))
            done += 1
        return done

    assert at_once(8, work_on) == [10] * 8


WRITER = """
import sys
from service.storage import Database, SqlUnitOfWork
from tests.contract.samples import fact
database = Database(sys.argv[1])
for number in range(20):
    with SqlUnitOfWork(database) as work:
        work.record(fact(number))
database.close()
"""
UPGRADER = """
import sys
from service.storage import Database
database = Database(sys.argv[1])
database.upgrade()
database.check_schema()
database.close()
"""


def in_processes(count: int, program: str, url: str) -> None:
    command = [sys.executable, "-c", program, url]
    processes = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - our own program
    assert [process.wait(60) for process in processes] == [0] * count


def test_processes_that_write_one_chain_queue_up(
    database: Database, database_url: str
) -> None:
    in_processes(3, WRITER, database_url)

    report = verify(SqlQueries(database).audit_links("acme", 0))
    assert report.is_intact
    assert report.entries == 60


def test_processes_may_upgrade_at_once(database_url: str) -> None:
    in_processes(3, UPGRADER, database_url)


def test_a_database_in_memory_serves_threads() -> None:
    database = Database("sqlite://")
    database.upgrade()

    def save(number: int) -> bool:
        with SqlUnitOfWork(database) as work:
            work.save_check(check(number))
        return SqlQueries(database).check(f"ck_acme_{number}") is not None

    assert all(at_once(6, save))
    database.close()
    with pytest.raises(StorageError):
        Database("sqlite://").check_schema()


def test_processes_that_take_turns_each_write_what_the_other_did_not(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    seen = [snapshot(number, at=NOON + number * MINUTE) for number in range(6)]

    for number, each in enumerate(seen):
        with SqlUnitOfWork(other if number % 3 else database) as work:
            work.save_snapshot(each, timedelta(days=1))

    assert list(SqlQueries(other).snapshots("acme", NOON)) == seen
    other.close()
