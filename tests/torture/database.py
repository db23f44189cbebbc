"""A new database of each kind for a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.conftest import POSTGRESQL_VARIABLE
from tests.databases import postgresql_database, sqlite_url_in

KINDS = ("sqlite", "postgresql")


def is_given(kind: str) -> bool:
    """Say whether there is a server for it."""
    return kind == "sqlite" or bool(os.environ.get(POSTGRESQL_VARIABLE))


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database; it goes when the run ends."""
    if kind == "sqlite":
        yield sqlite_url_in(folder)
        return
    with postgresql_database(make_url(os.environ[POSTGRESQL_VARIABLE])) as url:
        yield url.render_as_string(hide_password=False)
