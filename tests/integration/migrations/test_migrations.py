"""The migrations make the tables that the service expects."""

import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from service.storage import Database
from service.storage.schema import configuration
from service.storage.tables import METADATA

ROOT = Path(__file__).parents[3]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_an_empty_database_gets_every_table(database: Database) -> None:
    database.upgrade()

    with database.reading() as connection:
        made = set(inspect(connection).get_table_names())
    assert made == {*METADATA.tables, "alembic_version"}


def test_the_migrations_and_the_tables_agree(database: Database) -> None:
    database.upgrade()

    with database.reading() as connection:
        # Raises where a migration would still have something to do.
        command.check(configuration(connection))


def test_developers_reach_the_same_migrations(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    database.close()
    options = Namespace(x=[f"url={sqlite_url}"])
    config = Config(str(ROOT / "migrations" / "alembic.ini"), cmd_opts=options)

    command.check(config)


def test_steps_are_named_by_date_and_form_one_line() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    steps = list(scripts.walk_revisions())

    assert len(scripts.get_heads()) == 1
    for step in steps:
        name = Path(step.path).name
        assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{4}_[a-z_]+\.py", name), name
        # The way back is a backup: half a history would be worse than none.
        assert not hasattr(step.module, "downgrade"), name
