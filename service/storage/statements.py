"""Inserts that know what to do about a row already there, for both databases."""

from functools import cache

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


@cache
def upsert(
    table: Table, dialect: str, key: str = "id"
) -> postgresql.Insert | sqlite.Insert:
    """Insert a row, or replace all but its place in the list."""
    insert = _insert(table, dialect)
    kept = {key, "position"}
    return insert.on_conflict_do_update(
        index_elements=[key],
        set_={
            column.name: insert.excluded[column.name]
            for column in table.columns
            if column.name not in kept
        },
    )


@cache
def upsert_all(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Insert a row, or replace all but its key, of whatever columns."""
    return _replacing(table, _insert(table, dialect))


@cache
def insert_if_new(
    table: Table, dialect: str, *key: str
) -> postgresql.Insert | sqlite.Insert:
    """Insert a row unless its key, the id if none is named, is there."""
    return _insert(table, dialect).on_conflict_do_nothing(index_elements=key or ["id"])


@cache
def insert_if_unmet(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Insert a row unless any unique index of its table meets one like it."""
    return _insert(table, dialect).on_conflict_do_nothing()


@cache
def upsert_if_different(
    table: Table, dialect: str
) -> postgresql.Insert | sqlite.Insert:
    """Insert a row, or replace it where its `digest` is another."""
    insert = _insert(table, dialect)
    return _replacing(table, insert, table.c.digest != insert.excluded.digest)


def _replacing(
    table: Table,
    insert: postgresql.Insert | sqlite.Insert,
    where: ColumnElement[bool] | None = None,
) -> postgresql.Insert | sqlite.Insert:
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={
            column.name: insert.excluded[column.name]
            for column in table.columns
            if not column.primary_key
        },
        where=where,
    )


@cache
def add_to(
    table: Table, dialect: str, column: str
) -> postgresql.Insert | sqlite.Insert:
    """Insert a row, or add its number to the one that is there."""
    insert = _insert(table, dialect)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column: table.c[column] + insert.excluded[column]},
    )
