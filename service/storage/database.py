"""A database: connections for reading, one at a time for writing, and its schema."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from service.domain.errors import StorageUnavailable
from service.storage import schema
from service.storage.courses import Courses
from service.storage.engines import (
    BEGIN,
    file_of,
    parsed,
    place_of,
    postgresql_engine,
    sqlite_engine,
)
from service.storage.failures import LOCKED, translated
from service.storage.files import exclusive, open_file
from service.storage.past import Histories
from service.storage.snapshots import Snapshots

# Any number: it only has to be the same in every process that upgrades.
_UPGRADE_LOCK = 7_305_441_901


class Database:
    """SQLite or PostgreSQL, as the address says; nothing is opened before it is used.

    `patience` is how long to wait for a lock that another process or thread holds.
    Every method raises `StorageUnavailable` or `SchemaMismatch`, in one line that
    names the database and no password.
    """

    def __init__(
        self, url: str, *, patience: timedelta = timedelta(seconds=10)
    ) -> None:
        self.address = address = parsed(url)
        self.file = file_of(address)
        self.place = place_of(address)
        self.is_sqlite = address.drivername == "sqlite"
        self._patience = patience
        self._engine = (
            sqlite_engine(self.file, patience)
            if self.is_sqlite
            else postgresql_engine(address, patience)
        )
        self._writers = self._engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self.dialect = self._engine.dialect.name
        self.histories = Histories()
        self.courses = Courses()
        self.snapshots = Snapshots()
        # SQLite's own queue of writers is unfair: ours keeps threads off it.
        self._gate = threading.RLock()
        self._is_shared = self.is_sqlite and self.file is None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment and holds up no writer."""
        # In memory there is one connection, so readers take turns with the writer.
        with (
            self._turn() if self._is_shared else nullcontext(),
            translated(self.place),
            self._engine.connect() as connection,
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; who has it must commit."""
        with (
            self._turn() if self.is_sqlite else nullcontext(),
            translated(self.place),
            self._writers.connect() as connection,
        ):
            connection.begin()
            yield connection

    def upgrade(self) -> None:
        """Bring the tables to this program's version; safe from several processes."""
        with self._upgrading(), self.writing() as connection:
            if not self.is_sqlite:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"),
                    {"number": _UPGRADE_LOCK},
                )
            schema.upgrade(connection)
            connection.commit()

    def create(self) -> None:
        """Make the tables where there are none at all; leave any others alone."""
        if self.is_sqlite:
            is_new = self.file is None or not self.file.exists()
        else:
            with self.reading() as connection:
                is_new = not schema.has_version(connection)
        if is_new:
            self.upgrade()

    def check_schema(self) -> None:
        """Raise `SchemaMismatch` unless the tables are this program's version."""
        with self.reading() as connection:
            schema.require_current(connection)

    def require_writable(self) -> None:
        """Raise `StorageUnavailable` unless a transaction may write; none does."""
        with self.writing() as connection:
            if not self.is_sqlite:
                mode = connection.execute(text("SHOW transaction_read_only")).scalar()
                if mode == "on":
                    raise StorageUnavailable(f"{self.place} takes no writes")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._gate.acquire(timeout=self._patience.total_seconds()):
            raise StorageUnavailable(f"{LOCKED}: {self.place}", trouble=LOCKED)
        try:
            yield
        finally:
            self._gate.release()

    @contextmanager
    def _upgrading(self) -> Iterator[None]:
        if self.file is None:
            yield
            return
        os.close(open_file(self.file, "the database file"))
        with exclusive(Path(f"{self.file}.upgrade.lock")):
            self._use_wal(self.file)
            yield

    def _use_wal(self, file: Path) -> None:
        # Kept in the file; outside a transaction, where alone it can be changed.
        try:
            connection = sqlite3.connect(file, timeout=self._patience.total_seconds())
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StorageUnavailable(
                f"the database file cannot be used: {self.place}"
            ) from error
