"""Opening, upgrading and settling a database."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from service.domain.errors import SchemaMismatch
from service.storage import Database, SqlQueries, SqlUnitOfWork
from tests.contract.samples import NOON, check


def test_a_new_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/spendguard.db")
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.save_check(check())
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()
        }
    database.close()

    assert modes == {
        "spendguard.db": 0o600,
        "spendguard.db-shm": 0o600,
        "spendguard.db-wal": 0o600,
        "spendguard.db.upgrade.lock": 0o600,
    }


def test_every_connection_is_as_safe_as_the_first(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    with database.reading() as first, database.reading() as second:
        settled = [
            [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in (
                    "journal_mode",
                    "foreign_keys",
                    "synchronous",
                    "recursive_triggers",
                    "busy_timeout",
                )
            ]
            for connection in (first, second)
        ]
    database.close()

    assert settled == [["wal", 1, 2, 1, 10_000]] * 2


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_check(check())

    database.upgrade()

    database.check_schema()
    assert SqlQueries(database).last_check("acme") == check()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        connection.commit()

    with pytest.raises(SchemaMismatch, match="newer Spendguard"):
        database.upgrade()
    with pytest.raises(SchemaMismatch, match="newer Spendguard"):
        SqlQueries(database).is_ready()


def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/a b.db".replace("?", "%3F"))
    assert database.file is not None
    database.upgrade()
    database.check_schema()
    database.close()


def test_moments_sort_as_text_as_they_do_in_time(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.save_check(check(1, at=NOON.replace(microsecond=1)))
        work.save_check(check(2, at=NOON))
    database.close()

    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    kept = connection.execute('SELECT at FROM "check" ORDER BY at').fetchall()
    connection.close()

    assert kept == [
        ("2026-08-20T12:00:00.000000Z",),
        ("2026-08-20T12:00:00.000001Z",),
    ]
