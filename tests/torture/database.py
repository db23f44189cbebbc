"""A new database of each kind for a run."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.conftest import POSTGRESQL_VARIABLE, run_on_server

KINDS = ("sqlite", "postgresql")


def is_given(kind: str) -> bool:
    """Say whether there is a server for it."""
    return kind == "sqlite" or bool(os.environ.get(POSTGRESQL_VARIABLE))


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database; it goes when the run ends."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'spendguard.db'}"
        return
    server = make_url(os.environ[POSTGRESQL_VARIABLE])
    name = f"sg_test_torture_{uuid.uuid4().hex}"
    run_on_server(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        run_on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')
