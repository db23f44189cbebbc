"""A running service on a fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.serving import Served, running


@pytest.fixture
def served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    """One organization on SQLite: for what does not hang on the database."""
    with running(tmp_path / "policies", sqlite_url) as service:
        yield service


@pytest.fixture
def served_anywhere(tmp_path: Path, database_url: str) -> Iterator[Served]:
    """One organization on each database."""
    with running(tmp_path / "policies", database_url) as service:
        yield service


@pytest.fixture
def two_served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    """Two organizations, so that requests must say which."""
    with running(tmp_path / "policies", sqlite_url, beta=True) as service:
        yield service
