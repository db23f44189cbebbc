"""Engines: how a connection to each kind of database is opened and begun."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    QueuePool,
    StaticPool,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError

from service.domain.errors import StorageUnavailable

# Execution option: the statement that begins a transaction of this connection.
BEGIN = "spendguard_begin"

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    # Or INSERT OR REPLACE would delete an audit entry past its DELETE trigger.
    "PRAGMA recursive_triggers = ON",
)
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


def parsed(text: str) -> URL:
    """Read a database address; the error never repeats it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url is not None and url.drivername == "sqlite" and not url.host:
        return url
    raise StorageUnavailable(
        "the database address cannot be read: it is sqlite:///FILE or"
        " postgresql://USER:PASSWORD@HOST/NAME"
    )


def file_of(url: URL) -> Path | None:
    """Give the file of an SQLite database; None in memory, and on PostgreSQL."""
    if url.drivername != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def place_of(url: URL) -> str:
    """Name a database for people, without user and password."""
    if url.drivername == "sqlite":
        return str(file_of(url) or "in memory")
    return f"{url.host or 'local'}:{url.port or 5432}/{url.database or ''}"


def sqlite_engine(file: Path | None, patience: timedelta) -> Engine:
    """Open a file that must be there already, or a database in memory.

    `patience` is how long to wait for a lock of another process.
    """
    if file is None:
        engine = create_engine(
            "sqlite://",
            creator=lambda: _open_sqlite(":memory:", patience),
            poolclass=StaticPool,
            hide_parameters=True,
        )
    else:
        name = sqlite_name(file)
        engine = create_engine(
            "sqlite://",
            creator=lambda: _open_sqlite(name, patience),
            poolclass=QueuePool,
            pool_size=10,
            max_overflow=40,
            hide_parameters=True,
        )
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_name(file: Path) -> str:
    """Give the name by which SQLite opens a file, and makes none."""
    return f"file:{quote(str(file.absolute()))}?mode=rw"


def _open_sqlite(name: str, patience: timedelta) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name,
        timeout=patience.total_seconds(),
        # Otherwise the driver would begin transactions on its own, too late.
        isolation_level=None,
        check_same_thread=False,
        uri=True,
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get(BEGIN, "BEGIN")))


def postgresql_engine(url: URL, patience: timedelta) -> Engine:
    """Open a pool that notices a server that went away.

    `patience` is how long to wait for the server, and for a lock of another process.
    """
    milliseconds = patience // timedelta(milliseconds=1)
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    try:
        return create_engine(
            url,
            pool_size=10,
            max_overflow=40,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                # libpq takes one second for none.
                "connect_timeout": max(patience // timedelta(seconds=1), 2),
                "options": f"{options} -c lock_timeout={milliseconds}".strip(),
            },
        )
    except ModuleNotFoundError as error:
        raise StorageUnavailable(
            "PostgreSQL needs its driver: install spendguard[postgresql]"
        ) from error
