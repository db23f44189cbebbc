"""Copies of a database are whole, made while others write, and overwrite nothing."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text

from service.domain.audit_verification import verify
from service.domain.errors import Conflict, SchemaMismatch, StorageUnavailable
from service.ports import Head
from service.storage import Database, SqlQueries, SqlUnitOfWork, back_up
from tests.contract.samples import check, fact
from tests.databases import postgresql_database
from tests.integration.storage.peers import run_program

PASSWORD = "sg_test:pass\\word"  # noqa: S105 - no password of anything


@contextmanager
def upgraded(url: str) -> Iterator[Database]:
    database = Database(url)
    database.upgrade()
    yield database
    database.close()


def record(database: Database, *numbers: int) -> None:
    with SqlUnitOfWork(database) as work:
        work.record(*(fact(number) for number in numbers))


def head_of(database: Database) -> tuple[Head, ...]:
    *_, last = SqlQueries(database).audit_entries("acme", 0)
    return (Head(chain="acme", seq=last.seq, hash=last.hash),)


def test_a_copy_is_one_file_that_the_program_starts_from(
    tmp_path: Path, sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    record(database, 1, 2, 3)
    with SqlUnitOfWork(database) as work:
        work.save_check(check())
    file = tmp_path / "to keep" / "copy.db"
    file.parent.mkdir()

    made = back_up(database, file)

    assert [each.name for each in file.parent.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made.heads == head_of(database)
    assert made.size_bytes == file.stat().st_size
    database.close()
    restored = Database(f"sqlite:///{file}")
    restored.upgrade()
    assert SqlQueries(restored).last_check("acme") == check()
    assert verify(SqlQueries(restored).audit_links("acme", 0)).is_intact
    record(restored, 4)
    restored.close()


def test_what_is_written_meanwhile_is_in_the_copy_whole_or_not_at_all(
    tmp_path: Path, sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    record(database, 0)
    is_over = threading.Event()

    def write() -> None:
        number = 1
        while not is_over.is_set():
            with SqlUnitOfWork(database) as work:
                # A check and its entry belong together.
                work.save_check(check(number))
                work.record(fact(number))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"copy-{number}.db" for number in range(5)]
        heads = [back_up(database, file).heads for file in copies]
    finally:
        is_over.set()
        writer.join()
    database.close()

    for file, (head,) in zip(copies, heads, strict=True):
        with closing(sqlite3.connect(file)) as copy:
            checks = copy.execute('SELECT count(*) FROM "check"').fetchone()[0]
            entries = copy.execute("SELECT count(*) FROM audit_entry").fetchone()[0]
        assert head.seq == entries == checks + 1


def test_a_file_that_is_there_is_kept(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "copy.db"
    file.write_text("somebody's letters")

    with pytest.raises(Conflict, match="kept"):
        back_up(database, file)

    assert file.read_text() == "somebody's letters"
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, database: Database) -> None:
    with pytest.raises(StorageUnavailable, match="No such file or directory"):
        back_up(database, tmp_path / "none" / "copy.db")


def test_a_database_without_tables_gives_no_copy(
    tmp_path: Path, database_url: str
) -> None:
    database = Database(database_url)
    if database.file:
        database.file.touch()
    file = tmp_path / "copy.db"

    with pytest.raises(SchemaMismatch):
        back_up(database, file)

    database.close()
    assert not file.exists()
    assert list(tmp_path.glob(".*")) == []


def test_a_database_in_memory_gives_no_copy(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="memory"):
        back_up(Database("sqlite://"), tmp_path / "copy.db")


def test_a_damaged_database_gives_no_copy(tmp_path: Path, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    record(database, *range(200))
    database.close()
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'audit_entry'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with database.file.open("r+b") as damaged:
        damaged.seek((root - 1) * size)
        damaged.write(b"\xff" * size)
    file = tmp_path / "copy.db"

    with pytest.raises(StorageUnavailable, match="damaged"):
        back_up(Database(sqlite_url), file)

    assert not file.exists()


def test_a_copy_of_an_older_version_can_be_made_before_an_upgrade(
    tmp_path: Path, database: Database
) -> None:
    record(database, 1)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        connection.commit()

    assert back_up(database, tmp_path / "copy").heads == head_of(database)


@pytest.mark.postgresql
def test_a_dump_restores_to_a_database_that_goes_on(
    tmp_path: Path, postgresql_url: str, postgresql_server: URL
) -> None:
    file = tmp_path / "copy.dump"
    with upgraded(postgresql_url) as database:
        record(database, 1, 2, 3)
        assert back_up(database, file).heads == head_of(database)
    with postgresql_database(postgresql_server) as other:
        url = other.render_as_string(hide_password=False)
        plain = url.replace("+psycopg", "")
        run_program("pg_restore", "--exit-on-error", f"--dbname={plain}", str(file))
        with upgraded(url) as restored:
            record(restored, 4)
            report = verify(SqlQueries(restored).audit_links("acme", 0))
            # The triggers came along.
            with pytest.raises(Conflict), restored.writing() as connection:
                connection.execute(text("DELETE FROM audit_entry"))
    assert report.is_intact
    assert report.entries == 4


@pytest.mark.postgresql
def test_a_password_is_given_to_pg_dump_and_seen_by_nobody(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    spy = tmp_path / "pg_dump"
    spy.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {seen}\n'
        f'for a in "$@"; do case $a in --dbname=*)'
        f" cat $(echo \"$a\" | sed 's/.*passfile=//;s/%2F/\\//g') >> {seen}.password;;"
        " esac; done\n"
        "echo 'connection refused' >&2; exit 1\n"
    )
    spy.chmod(0o755)
    url = make_url(postgresql_url).set(password=PASSWORD)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with (
        upgraded(url.render_as_string(hide_password=False)) as database,
        pytest.raises(StorageUnavailable, match="connection refused") as refused,
    ):
        back_up(database, tmp_path / "copy.dump")

    assert "sg_test" not in str(refused.value)
    assert "sg_test:pass" not in seen.read_text()
    assert Path(f"{seen}.password").read_text() == "*:*:*:*:sg_test\\:pass\\\\word\n"
    assert not (tmp_path / "copy.dump").exists()


@pytest.mark.postgresql
def test_without_pg_dump_it_is_said_what_to_install(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with (
        upgraded(postgresql_url) as database,
        pytest.raises(StorageUnavailable, match="postgresql-client"),
    ):
        back_up(database, tmp_path / "copy.dump")
