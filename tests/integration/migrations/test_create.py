"""Tables are made where there are none, and others are left alone."""

import pytest
from sqlalchemy import create_engine, text

from service.domain.errors import SchemaMismatch
from service.storage import Database


def test_tables_are_made_where_there_are_none(database_url: str) -> None:
    database = Database(database_url)
    database.create()
    database.check_schema()
    database.close()


def test_tables_of_another_version_are_left_as_they_are(database_url: str) -> None:
    database = Database(database_url)
    database.create()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    engine.dispose()

    database.create()

    with pytest.raises(SchemaMismatch):
        database.check_schema()
    database.close()
