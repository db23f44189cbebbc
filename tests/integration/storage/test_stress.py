"""A database that cannot for a while: a plain error, nothing half done, and on."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from service.domain.audit_verification import verify
from service.domain.errors import SchemaMismatch, StorageUnavailable
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.schema import configuration
from service.storage.tables import METADATA
from tests.contract.samples import check, fact

HASTE = timedelta(milliseconds=50)


@pytest.fixture
def hasty(database_url: str) -> Iterator[Database]:
    """A database that waits for no lock."""
    database = Database(database_url, patience=HASTE)
    database.upgrade()
    yield database
    database.close()


def keep(database: Database, number: int) -> None:
    """Write what belongs together: a check and its audit entry."""
    with SqlUnitOfWork(database) as work:
        work.save_check(check(number, outcomes=200))
        work.record(fact(number))


def kept(database: Database) -> tuple[int, int]:
    """Count checks and audit entries; fail where the chain is broken."""
    queries = SqlQueries(database)
    report = verify(queries.audit_links("acme", 0))
    assert report.is_intact
    with database.reading() as connection:
        checks = connection.execute(text('SELECT count(*) FROM "check"')).scalar_one()
    tallied = sum(each.number for each in queries.counts([]).tallies)
    assert tallied == report.entries
    return checks, report.entries


def only_connection(database: Database, statement: str) -> None:
    """Say something to the one connection there is."""
    with database.reading() as connection:
        connection.execute(text(statement))


def fill(database: Database) -> None:
    only_connection(database, "PRAGMA max_page_count = 1")


def free(database: Database) -> None:
    only_connection(database, "PRAGMA max_page_count = 1000000")


def protect(database: Database) -> None:
    only_connection(database, "PRAGMA query_only = ON")


def unprotect(database: Database) -> None:
    only_connection(database, "PRAGMA query_only = OFF")


@pytest.mark.parametrize(
    ("breaks", "heals", "words"),
    [
        (fill, free, "disk of the database is full"),
        (protect, unprotect, "cannot be written"),
    ],
)
def test_a_file_that_takes_nothing_more_keeps_what_it_has_and_goes_on(
    sqlite_url: str,
    breaks: Callable[[Database], None],
    heals: Callable[[Database], None],
    words: str,
) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    keep(database, 1)
    breaks(database)

    for number in (2, 3, 4):
        with pytest.raises(StorageUnavailable, match=words) as refused:
            keep(database, number)
        assert refused.value.trouble in str(refused.value)
        # Who only reads is not held up.
        assert kept(database) == (1, 1)

    heals(database)
    keep(database, 5)
    assert kept(database) == (2, 2)
    database.close()


def test_a_table_that_another_holds_is_waited_for_told_and_gone_on_with(
    hasty: Database, database_url: str
) -> None:
    keep(hasty, 1)
    engine = create_engine(database_url)
    with engine.connect() as other:
        _hold(other)
        with pytest.raises(StorageUnavailable, match="locked by another writer"):
            keep(hasty, 2)
        other.rollback()
    engine.dispose()

    keep(hasty, 3)
    assert kept(hasty) == (2, 2)


def _hold(other: Connection) -> None:
    if other.dialect.name == "sqlite":
        other.connection.driver_connection.execute("BEGIN EXCLUSIVE")  # type: ignore[union-attr] # it is open
    else:
        other.execute(text("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"))


@pytest.mark.postgresql
def test_a_connection_lost_within_a_transaction_leaves_nothing_of_it(
    postgresql_url: str,
) -> None:
    database = Database(postgresql_url)
    database.upgrade()
    keep(database, 1)
    killer = create_engine(postgresql_url)

    def lose() -> None:
        with SqlUnitOfWork(database) as work:
            work.save_check(check(2))
            with killer.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database()"
                        " AND state = 'idle in transaction'"
                        " AND pid <> pg_backend_pid()"
                    )
                )
            work.record(fact(2))

    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            lose()

    keep(database, 3)
    assert kept(database) == (2, 2)
    killer.dispose()
    database.close()


# Kills itself, as the machine may, when so many statements of the upgrade have run.
KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from service.storage import Database
left = int(sys.argv[2])
@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
Database(sys.argv[1]).upgrade()
"""


def statements_of_an_upgrade(url: str) -> int:
    """Count what an upgrade from nothing says to the database."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    database = Database(url)
    with database.writing() as connection:
        event.listen(connection, "after_cursor_execute", count)
        command.upgrade(configuration(connection), "head")
        connection.rollback()
    database.close()
    return counted


def test_an_upgrade_killed_in_its_middle_has_not_begun_and_is_made_anew(
    database_url: str,
) -> None:
    database = Database(database_url)
    if database.file:
        sqlite3.connect(database.file).close()
    statements = statements_of_an_upgrade(database_url)
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, database_url, str(statements // 2)], check=False
    )
    assert ended.returncode == -9

    with pytest.raises(SchemaMismatch, match="spendguard db upgrade"):
        database.check_schema()
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []

    database.upgrade()
    database.check_schema()
    keep(database, 1)
    assert kept(database) == (1, 1)
    database.close()


def upgrade_up_to(database: Database, statements: int) -> None:
    """Upgrade, and fail after so many statements."""
    left = statements

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise SQLAlchemyError

    with database.writing() as connection:
        event.listen(connection, "after_cursor_execute", fail)
        command.upgrade(configuration(connection), "head")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_an_upgrade_that_fails_anywhere_leaves_nothing(
    database_url: str, share: float
) -> None:
    database = Database(database_url)
    if database.file:
        sqlite3.connect(database.file).close()
    statements = statements_of_an_upgrade(database_url)

    with pytest.raises(StorageUnavailable):
        upgrade_up_to(database, int(statements * share))

    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    database.upgrade()
    with database.reading() as connection:
        assert set(METADATA.tables) < set(inspect(connection).get_table_names())
    database.close()


def test_an_upgrade_waits_for_no_one_for_ever(hasty: Database) -> None:
    with hasty.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        other = Database(
            hasty.address.render_as_string(hide_password=False), patience=HASTE
        )
        if hasty.is_sqlite:
            with pytest.raises(StorageUnavailable, match="locked"):
                other.upgrade()
        else:
            # Only who has something to change there has to wait.
            other.upgrade()
        other.close()
    hasty.check_schema()


def test_a_file_in_another_journal_mode_is_read_and_brought_back(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    keep(database, 1)
    database.close()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file:
        file.execute("PRAGMA journal_mode = DELETE")

    again = Database(sqlite_url)
    again.upgrade()
    with again.reading() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    assert mode == "wal"
    assert kept(again) == (1, 1)
    again.close()
