"""What every test may ask for: a fresh, empty database of each kind."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

POSTGRESQL_VARIABLE = "SPENDGUARD_TEST_POSTGRESQL"


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
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'spendguard.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: URL) -> Iterator[str]:
    # A random name, so that parallel runs on one server never meet.
    name = f"sg_test_{uuid.uuid4().hex}"
    # The template is the untouched one: nobody can be connected to it.
    run_on_server(postgresql_server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = postgresql_server.set(database=name)
    yield url.render_as_string(hide_password=False)
    # A test may have killed a client of its own without a goodbye.
    run_on_server(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgresql_server() -> URL:
    """Skip, with the reason, where no server was given."""
    address = os.environ.get(POSTGRESQL_VARIABLE)
    if not address:
        pytest.skip(f"{POSTGRESQL_VARIABLE} names no PostgreSQL server")
    return make_url(address)


def run_on_server(server: URL, statement: str) -> None:
    # NullPool: an idle connection kept here would outlive the session unclosed.
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
