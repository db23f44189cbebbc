"""Databases for one test each: empty, or with all tables and nothing in them."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, text

from service.storage.database import Database

UNTOUCHED = "template0"


def sqlite_url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'spendguard.db'}"


def copied_sqlite(template: Path, folder: Path) -> str:
    """Give the address of a copy: far quicker than making every table again."""
    shutil.copyfile(template, folder / "spendguard.db")
    return sqlite_url_in(folder)


@contextmanager
def postgresql_database(server: URL, template: str = UNTOUCHED) -> Iterator[URL]:
    """Give a database of that server that is gone afterwards.

    Nobody may be connected to the template meanwhile.
    """
    # A random name, so that parallel runs on one server never meet.
    name = f"sg_test_{uuid.uuid4().hex}"
    run_on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(database=name)
    finally:
        # A test may have killed a client of its own without a goodbye.
        run_on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def make_tables(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.close()


def run_on_server(server: URL, statement: str) -> None:
    # NullPool: an idle connection kept here would outlive the session unclosed.
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
