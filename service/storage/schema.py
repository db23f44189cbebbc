"""The version of the tables: alembic, run in this process."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import migrations
from service.domain.errors import SchemaMismatch
from service.storage.failures import NO_TABLES

_NEWER = "the database was written by a newer Spendguard: upgrade the program"


def configuration(connection: Connection | None = None) -> Config:
    """Give alembic's configuration, with the connection it is to use."""
    config = Config()
    # The configuration file format, used inside, reads % as its own.
    folder = str(Path(migrations.__path__[0])).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    return config


@cache
def _known() -> tuple[str, frozenset[str]]:
    scripts = ScriptDirectory.from_config(configuration())
    head = scripts.get_current_head() or ""
    return head, frozenset(script.revision for script in scripts.walk_revisions())


def has_version(connection: Connection) -> bool:
    """Say whether any version of the tables was ever made here."""
    return inspect(connection).has_table("alembic_version")


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest version, in the connection's transaction."""
    head, known = _known()
    present = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(present):
        raise SchemaMismatch(_NEWER)
    if present != (head,):
        command.upgrade(configuration(connection), "head")


def require_current(connection: Connection) -> None:
    """Raise `SchemaMismatch` unless the tables are of the newest version."""
    head, known = _known()
    present = connection.execute(text("SELECT version_num FROM alembic_version"))
    versions = set(present.scalars())
    if versions - known:
        raise SchemaMismatch(_NEWER)
    if versions != {head}:
        raise SchemaMismatch(NO_TABLES)
