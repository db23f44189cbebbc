"""Alembic's entry: run in the service's own connection, or for a developer.

`alembic -c migrations/alembic.ini -x url=sqlite:///new.db revision --autogenerate`
writes the next step. Steps only go forward: a backup is the way back.
"""

from alembic import context
from sqlalchemy import Connection

from service.storage.database import Database
from service.storage.tables import METADATA


def run(connection: Connection) -> None:
    """Run the steps that are missing."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        # SQLite changes a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(context.get_x_argument(as_dictionary=True)["url"])
    with database.reading() as opened:
        run(opened)
    database.close()
