"""Copies of a database, made while the service runs and read back before they count.

A copy is one file of its own, for its owner alone. It comes under its name whole or
not at all, and never in the place of another.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import mkstemp

from sqlalchemy import Connection, text

from service.domain.errors import Conflict, SchemaMismatch, StorageUnavailable
from service.ports import Backup, Head
from service.storage import audit_log, schema
from service.storage.database import Database
from service.storage.dump import dump
from service.storage.engines import sqlite_engine, sqlite_name
from service.storage.failures import LOCKED, NO_TABLES, sentence_of, translated

_REPEATABLE = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
_SNAPSHOT = text("SELECT pg_export_snapshot()")
# The driver tries again every quarter of a second, without an end of its own.
_MOST_TRIES = 40
_PATIENCE = timedelta(seconds=10)


def back_up(database: Database, file: Path) -> Backup:
    """Copy a database to a new file.

    Raises `Conflict` where there is a file already and `StorageUnavailable` when the
    copy cannot be made or does not read back; then there is no file.
    """
    if file.exists():
        raise Conflict(f"there is a file already, and it is kept: {file}")
    with _partial(file) as partial:
        copy = _sqlite_copy if database.is_sqlite else _postgresql_copy
        heads = copy(database, partial)
        _settle(partial, file)
    return Backup(size_bytes=file.stat().st_size, heads=heads)


def _sqlite_copy(database: Database, partial: Path) -> tuple[Head, ...]:
    if database.file is None:
        raise Conflict("a database in memory ends with its process: no copy is of use")
    _copy_pages(database.file, partial)
    engine = sqlite_engine(partial, _PATIENCE)
    try:
        with translated(str(partial)), engine.connect() as connection:
            found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            if found != ["ok"]:
                raise StorageUnavailable(f"the copy is damaged: {found[0]}")
            return _heads(connection)
    finally:
        engine.dispose()


def _copy_pages(file: Path, partial: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(sqlite_name(file), uri=True)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target, progress=_patient())
            # Without the companions of a file in WAL mode: a copy is one file.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        reason = sentence_of(error)
        raise StorageUnavailable(f"no copy could be made: {reason}") from error


def _patient() -> Callable[[int, int, int], None]:
    tries = 0

    def progress(status: int, _remaining: int, _total: int) -> None:
        nonlocal tries
        tries += status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        if tries > _MOST_TRIES:
            raise StorageUnavailable(f"no copy could be made: {LOCKED}")

    return progress


def _postgresql_copy(database: Database, partial: Path) -> tuple[Head, ...]:
    """Dump what one transaction sees, and give the heads as it sees them."""
    with database.reading() as connection:
        connection.execute(_REPEATABLE)
        snapshot = connection.execute(_SNAPSHOT).scalar_one()
        heads = _heads(connection)
        dump(database.address, str(snapshot), partial)
    return heads


def _heads(connection: Connection) -> tuple[Head, ...]:
    # Any version will do: a copy is made before an upgrade as well.
    if not schema.has_version(connection):
        raise SchemaMismatch(NO_TABLES)
    return audit_log.heads(connection)


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """Give a file of its owner's beside the one to be; it is gone afterwards."""
    try:
        descriptor, name = mkstemp(
            prefix=f".{file.name}.", suffix=".partial", dir=file.parent
        )
    except OSError as error:
        raise StorageUnavailable(
            f"no copy can be written there ({error.strerror}): {file}"
        ) from error
    os.close(descriptor)
    partial = Path(name)
    try:
        yield partial
    finally:
        for each in (partial, Path(f"{partial}-journal")):
            with suppress(FileNotFoundError):
                each.unlink()


def _settle(partial: Path, file: Path) -> None:
    """Give the copy its name once the disk has it."""
    try:
        _flush(partial)
        # Unlike a rename it never takes the place of a file that came meanwhile.
        file.hardlink_to(partial)
        _flush(file.parent)
    except FileExistsError as error:
        raise Conflict(f"there is a file already, and it is kept: {file}") from error
    except OSError as error:
        raise StorageUnavailable(
            f"the copy cannot be kept ({error.strerror}): {file}"
        ) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
