"""A storage of each kind, ready to use."""

from collections.abc import Iterator

import pytest

from service.storage import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()
