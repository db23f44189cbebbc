"""What goes wrong with a database is one plain line, and never an address."""

import sqlite3
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.domain.errors import (
    InvalidInput,
    SchemaMismatch,
    SpendguardError,
    StorageError,
    StorageUnavailable,
)
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.failures import translated
from tests.contract.samples import check, limit_change

PASSWORD = "sg_test_password"  # noqa: S105 - no password of anything


@pytest.fixture
def hasty(sqlite_url: str) -> Iterator[Database]:
    """A database that waits for no lock."""
    database = Database(sqlite_url, patience=timedelta(milliseconds=50))
    database.upgrade()
    yield database
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "spendguard.db",
        "mysql://ada:sg_test_password@host/x",
        "sqlite://host/x",
        "postgresql+asyncpg://ada:sg_test_password@host/x",
        "postgresql://ada:sg_test_password@host:port/x",
    ],
)
def test_an_address_of_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        Database(url)

    assert "cannot be read" in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    database = Database(f"postgresql://ada:{PASSWORD}@127.0.0.1:1/spendguard")

    with pytest.raises(StorageUnavailable) as refused:
        database.upgrade()

    assert str(refused.value) == (
        "the database server does not answer: 127.0.0.1:1/spendguard"
    )
    assert PASSWORD not in "".join(traceback.format_exception(refused.value))
    database.close()


@pytest.mark.postgresql
def test_a_database_that_is_not_there_is_named(postgresql_url: str) -> None:
    database = Database(f"{postgresql_url}_none")

    with pytest.raises(StorageUnavailable) as refused:
        database.check_schema()

    assert "\n" not in str(refused.value)
    database.close()


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/spendguard.db")

    with pytest.raises(
        StorageUnavailable, match="No such file or directory"
    ) as refused:
        database.upgrade()

    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/spendguard.db")

    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        SqlQueries(database).is_paused()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spendguard.db").write_text("this is a letter\n" * 100)
    database = Database(f"sqlite:///{tmp_path}/spendguard.db")

    with pytest.raises(StorageUnavailable):
        database.upgrade()
    with pytest.raises(StorageUnavailable, match="not a database"):
        database.check_schema()
    database.close()


def test_a_lock_of_another_process_is_waited_for_and_told(
    hasty: Database, sqlite_url: str
) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable, match="locked"), SqlUnitOfWork(hasty):
        pass

    # Readers are not held up.
    assert SqlQueries(hasty).last_check("acme") is None
    other.rollback()
    other.close()
    with SqlUnitOfWork(hasty) as work:
        work.save_check(check())
    assert SqlQueries(hasty).last_check("acme") == check()


def test_a_full_disk_is_told_and_leaves_nothing(hasty: Database) -> None:
    def fill() -> None:
        with SqlUnitOfWork(hasty) as work:
            work.save_check(check(1))
            work.save_check(check(2, outcomes=1000))

    # Kept by the connection, and there is only this one in the pool.
    with hasty.writing() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))

    with pytest.raises(StorageUnavailable, match="disk of the database is full"):
        fill()
    assert SqlQueries(hasty).last_check("acme") is None


@pytest.mark.postgresql
def test_a_connection_that_is_lost_is_told_and_the_next_one_works(
    postgresql_url: str,
) -> None:
    database = Database(postgresql_url)
    database.upgrade()

    def lose() -> None:
        with SqlUnitOfWork(database) as work:
            work.save_check(check())
            with database.writing() as other:
                other.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid()"
                    )
                )
            work.save_check(check(2))

    with pytest.raises(StorageUnavailable):
        lose()

    with SqlUnitOfWork(database) as work:
        work.save_check(check(3))
    last = SqlQueries(database).last_check("acme")
    assert last == check(3)
    assert SqlQueries(database).check(check().id) is None
    database.close()


def test_a_database_without_tables_is_told_from_one_that_is_gone(
    database_url: str,
) -> None:
    database = Database(database_url)
    if database.file:
        database.file.touch()

    with pytest.raises(SchemaMismatch, match="spendguard db upgrade"):
        database.check_schema()
    with pytest.raises(SchemaMismatch, match="spendguard db upgrade"):
        SqlQueries(database).is_paused()
    database.close()


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = limit_change(planned_at=check().at.replace(tzinfo=None))

    with (
        pytest.raises(InvalidInput, match="must say its zone"),
        SqlUnitOfWork(database) as work,
    ):
        work.save_limit_change(naive)


def test_our_own_errors_pass_unchanged() -> None:
    with pytest.raises(SpendguardError, match="as it was"), translated("here"):
        raise StorageError("as it was")
