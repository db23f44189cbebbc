"""What every test may ask for: a fresh database of each kind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from tests.databases import (
    copied_sqlite,
    make_tables,
    postgresql_database,
    sqlite_url_in,
)

POSTGRESQL_VARIABLE = "SPENDGUARD_TEST_POSTGRESQL"
UNIT_TESTS = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count branches in unit tests only: counting makes a test half as slow again.

    They have to run every branch of the deciding code by themselves.
    """
    for item in items:
        if not item.path.is_relative_to(UNIT_TESTS):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
    ]
)
def database_url(request: pytest.FixtureRequest) -> str:
    """One test, each backend: the address of a database nobody else uses."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """All tables, and nothing in them."""
    return copied_sqlite(sqlite_template, tmp_path)


@pytest.fixture
def postgresql_url(postgresql_server: URL, postgresql_template: str) -> Iterator[str]:
    """All tables, and nothing in them."""
    with postgresql_database(postgresql_server, postgresql_template) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_tables(sqlite_url_in(folder))
    return folder / "spendguard.db"


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> Iterator[str]:
    with postgresql_database(postgresql_server) as url:
        make_tables(url.render_as_string(hide_password=False))
        yield str(url.database)


@pytest.fixture(scope="session")
def postgresql_server() -> URL:
    """Skip, with the reason, where no server was given."""
    address = os.environ.get(POSTGRESQL_VARIABLE)
    if not address:
        pytest.skip(f"{POSTGRESQL_VARIABLE} names no PostgreSQL server")
    return make_url(address)
