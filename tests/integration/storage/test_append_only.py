"""The audit log takes entries at its end and nothing else, whoever asks."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from service.domain.audit import AuditEntry, chain
from service.domain.audit_verification import Fault, links_of_lines, verify
from service.domain.errors import Conflict
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.tables import AUDIT_ENTRY
from service.storage.translate.audit import row_from_audit_entry
from tests.contract.samples import fact

KEY = b"sg_test_audit_key"


@pytest.fixture
def written(database: Database) -> Database:
    with SqlUnitOfWork(database, KEY) as work:
        work.record(*(fact(number, reason='"Köln"\n') for number in range(4)))
    return database


def attempt(database: Database, statement: Any, *values: Any) -> None:  # noqa: ANN401 - any statement
    with database.writing() as connection:
        connection.execute(statement, *values)
        connection.commit()


def kept(database: Database) -> Sequence[str]:
    return SqlQueries(database).audit_lines("acme", 0)


STATEMENTS = {
    "UPDATE": update(AUDIT_ENTRY).values(outcome="better"),
    "UPDATE of one": update(AUDIT_ENTRY)
    .where(AUDIT_ENTRY.c.seq == 2)
    .values(reason="none"),
    "DELETE": delete(AUDIT_ENTRY),
    "DELETE of one": delete(AUDIT_ENTRY).where(AUDIT_ENTRY.c.seq == 4),
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_no_entry_can_be_changed_or_removed(
    written: Database,
    statement: Any,  # noqa: ANN401 - any statement
) -> None:
    before = kept(written)

    with pytest.raises(Conflict):
        attempt(written, statement)

    assert kept(written) == before


def copied(
    database: Database, seq: int, **changes: object
) -> tuple[AuditEntry, dict[str, object]]:
    entry = SqlQueries(database).audit_entries("acme", seq - 1)[0]
    return entry, {**row_from_audit_entry(entry), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 4},
        {"seq": 6},
        {"seq": 5, "previous_hash": "0" * 64},
        {"chain": "beta", "seq": 1, "previous_hash": "a" * 64},
        {"chain": "beta", "seq": 0, "previous_hash": "0" * 64},
    ],
)
def test_an_entry_that_does_not_follow_the_head_is_refused(
    written: Database, changes: dict[str, object]
) -> None:
    _, row = copied(written, 4)

    with pytest.raises(Conflict):
        attempt(written, insert(AUDIT_ENTRY), {**row, **changes})


def test_an_entry_that_follows_the_head_is_taken(written: Database) -> None:
    head, _ = copied(written, 4)

    attempt(written, insert(AUDIT_ENTRY), row_from_audit_entry(chain(head, fact(5))))

    assert len(kept(written)) == 5


@pytest.mark.postgresql
def test_the_log_cannot_be_truncated(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.record(fact())

    with pytest.raises(Conflict):
        attempt(database, text("TRUNCATE audit_entry"))

    assert len(kept(database)) == 1
    database.close()


@pytest.mark.parametrize("is_recursive", [True, False])
def test_an_entry_cannot_be_replaced(sqlite_url: str, *, is_recursive: bool) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.record(fact(1), fact(2))
    head, _ = copied(database, 2)
    row = {**row_from_audit_entry(chain(head, fact(3))), "position": 1}
    before = kept(database)
    # As an ordinary tool would open it: its recursive triggers are off.
    connection = sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///")))
    connection.execute(f"PRAGMA recursive_triggers = {int(is_recursive)}")
    names, marks = ", ".join(row), ", ".join("?" * len(row))

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(
            f"INSERT OR REPLACE INTO audit_entry ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            [str(value) if value is not None else None for value in row.values()],
        )
    connection.close()

    assert kept(database) == before
    database.close()


def test_what_is_kept_verifies_and_exports_as_it_was_hashed(written: Database) -> None:
    links = SqlQueries(written).audit_links("acme", 0)

    from_rows = verify(links, seal_key=KEY)

    assert from_rows.is_intact
    assert from_rows.entries == 4
    assert verify(links_of_lines(kept(written)), seal_key=KEY) == from_rows


def without_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        return
    for name in ("update", "delete", "insert"):
        connection.execute(text(f"DROP TRIGGER audit_entry_{name}"))


@pytest.mark.parametrize(
    "column",
    sorted(
        set(AUDIT_ENTRY.c.keys()) - {"position", "seq", "chain", "policy_id", "seal"}
    ),
)
def test_an_edit_of_any_column_by_the_owner_of_the_database_shows(
    written: Database, column: str
) -> None:
    with written.writing() as connection:
        without_triggers(connection)
        edited = update(AUDIT_ENTRY).where(AUDIT_ENTRY.c.seq == 2)
        connection.execute(edited.values({column: "something else"}))
        connection.commit()

    bad = verify(SqlQueries(written).audit_links("acme", 0)).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (2, Fault.EDITED)


def test_an_entry_of_another_type_shows(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.record(fact(1), fact(2))
    with database.writing() as connection:
        without_triggers(connection)
        connection.execute(text("UPDATE audit_entry SET actor = x'00' WHERE seq = 2"))
        connection.commit()

    bad = verify(SqlQueries(database).audit_links("acme", 0)).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (2, Fault.EDITED)
    database.close()


def test_writers_of_one_chain_queue_up(database: Database) -> None:
    start = threading.Barrier(4)

    def write(writer: int) -> None:
        start.wait()
        for number in range(10):
            # In two orders, which would lock each other out if they were kept.
            names = ("acme", "system") if writer % 2 else ("system", "acme")
            with SqlUnitOfWork(database) as work:
                work.record(*(fact(number, chain=name) for name in names))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    queries = SqlQueries(database)
    report = verify(
        link for name in ("acme", "system") for link in queries.audit_links(name, 0)
    )
    assert report.is_intact
    assert report.entries == 80


def test_long_chains_come_in_batches(database: Database) -> None:
    with SqlUnitOfWork(database) as work:
        work.record(*(fact(number) for number in range(5001)))
    queries = SqlQueries(database)

    first = queries.audit_entries("acme", 0)
    rest = queries.audit_entries("acme", first[-1].seq)

    assert (len(first), len(rest)) == (5000, 1)


def test_the_columns_are_read_in_the_order_in_which_they_are_hashed() -> None:
    names = [column.name for column in select(AUDIT_ENTRY).selected_columns]

    assert names == [
        "position",
        "chain",
        "seq",
        "at",
        "actor",
        "action",
        "target",
        "outcome",
        "reason",
        "policy_id",
        "policy_revision",
        "policy_commit",
        "previous_hash",
        "hash",
        "seal",
        "detail",
    ]
