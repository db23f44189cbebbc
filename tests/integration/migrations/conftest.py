"""Databases in which every table is still to be made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.databases import postgresql_database, sqlite_url_in


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Nothing at all."""
    return sqlite_url_in(tmp_path)


@pytest.fixture
def postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """Nothing at all."""
    with postgresql_database(postgresql_server) as url:
        yield url.render_as_string(hide_password=False)
