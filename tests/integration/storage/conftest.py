"""A storage of each kind, ready to use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from service.storage import Database
from tests.databases import postgresql_database, sqlite_url_in


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Nothing at all."""
    return sqlite_url_in(tmp_path)


@pytest.fixture
def postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """Nothing at all."""
    with postgresql_database(postgresql_server) as url:
        yield url.render_as_string(hide_password=False)
