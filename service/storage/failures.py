"""The border: what the drivers raise, as errors of our own tree.

No sentence here repeats a driver's text, which may hold an address with a password.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.domain.errors import (
    Conflict,
    InvalidInput,
    SchemaMismatch,
    SpendguardError,
    StorageUnavailable,
)

NO_TABLES = "the database has no tables of this version: run `spendguard db upgrade`"
LOCKED = "the database is locked by another writer"

# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_FULL: "the disk of the database is full",
    sqlite3.SQLITE_IOERR: "the disk of the database cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened (`serve`, `check` and"
    " `db upgrade` make one where there is none)",
    sqlite3.SQLITE_READONLY: "the database file cannot be written",
    sqlite3.SQLITE_PERM: "the database file may not be opened",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: codes, then classes.
_BY_SQLSTATE = {
    "53100": "the disk of the database is full",
    "53300": "the database has no connection left",
    "40P01": LOCKED,
    "55P03": LOCKED,
    "25006": "the database is read-only",
    "42501": "the database user may not do this",
    "3D000": "the database does not exist on its server",
    "28": "the database refused the user or the password",
    "40": LOCKED,
    "57": "the database server is stopping, or stopped the statement",
}
_SQLITE_NO_TABLE = ("no such table", "no such column")
_POSTGRESQL_NO_TABLE = ("42P01", "42703")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Let only errors of our own tree out of the block; `place` names the database."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageUnavailable(
            f"no database connection came free: {place}"
        ) from error
    except StatementError as error:
        raise _translation(error, place) from error
    except SQLAlchemyError as error:
        raise StorageUnavailable(
            f"the database cannot be used ({type(error).__name__}): {place}"
        ) from error


def _translation(error: StatementError, place: str) -> SpendguardError:
    cause = error.orig
    if isinstance(cause, SpendguardError):
        return cause
    if isinstance(error, IntegrityError):
        return Conflict("the database refused this beside what it holds")
    if isinstance(error, DataError) or not isinstance(error, DBAPIError):
        return InvalidInput("the database cannot hold one of these values")
    if _has_no_table(cause):
        return SchemaMismatch(NO_TABLES)
    sentence = sentence_of(cause)
    return StorageUnavailable(f"{sentence}: {place}", trouble=sentence)


def _has_no_table(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.Error):
        return str(cause).startswith(_SQLITE_NO_TABLE)
    return getattr(cause, "sqlstate", None) in _POSTGRESQL_NO_TABLE


def sentence_of(cause: BaseException | None) -> str:
    """Say what a driver complains of, in words of ours."""
    if isinstance(cause, sqlite3.Error):
        # The low byte is the primary code; what the rest tells is detail.
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return _BY_SQLITE_CODE.get(code, "the database refused a statement")
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return "the database server does not answer"
    return (
        _BY_SQLSTATE.get(state)
        or _BY_SQLSTATE.get(state[:2])
        or f"the database refused a statement (SQLSTATE {state})"
    )
