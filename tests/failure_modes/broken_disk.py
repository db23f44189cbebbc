"""The disk of a running product's database, which a test fills, protects and frees.

What SQLite then answers is its own: the limit on pages and the protection are those of
each connection, and a trigger of theirs makes every audit entry want new pages.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_GROW = """
    CREATE TEMP TRIGGER IF NOT EXISTS grow AFTER INSERT ON main.audit_entry
    BEGIN INSERT INTO ballast VALUES (zeroblob(100000)); END
"""
_FILLED = (_GROW, "PRAGMA max_page_count = 1")
_FREED = ("DROP TRIGGER IF EXISTS temp.grow", "PRAGMA max_page_count = 1000000")
_PROTECTED = ("PRAGMA query_only = ON",)
_UNPROTECTED = ("PRAGMA query_only = OFF",)


class Disk:
    """All connections to it, those that are opened later as well."""

    def __init__(self) -> None:
        self._open: list[sqlite3.Connection] = []
        self._state: tuple[str, ...] = ()

    def fill(self) -> None:
        self._open[0].execute("CREATE TABLE IF NOT EXISTS ballast (x)")
        self._put(_FILLED)

    def free(self) -> None:
        self._put(_FREED)

    def protect(self) -> None:
        self._put(_PROTECTED)

    def unprotect(self) -> None:
        self._put(_UNPROTECTED)

    def hurry(self) -> None:
        """Let nobody wait for a lock of another process."""
        self._put(("PRAGMA busy_timeout = 20",))

    def opened(self, connection: sqlite3.Connection) -> None:
        self._open.append(connection)
        _say(connection, self._state)

    def _put(self, state: tuple[str, ...]) -> None:
        self._state = state
        for connection in self._open:
            _say(connection, state)


def _say(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(statement).close()


@contextmanager
def watched_disk() -> Iterator[Disk]:
    """Give the disk of every database that is opened from now on."""
    disk = Disk()

    def opened(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
        if isinstance(connection, sqlite3.Connection):
            disk.opened(connection)

    event.listen(Engine, "connect", opened)
    try:
        yield disk
    finally:
        event.remove(Engine, "connect", opened)
