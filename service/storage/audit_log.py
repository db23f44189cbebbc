"""Appending to the audit chains, and reading them back."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, text

from service.domain.audit import AuditEntry, Fact, chain
from service.domain.audit_verification import Link
from service.domain.tally import tallies_of
from service.ports import Head
from service.storage.statements import add_to
from service.storage.tables import AUDIT_ENTRY, AUDIT_TALLY
from service.storage.translate.audit import (
    audit_entry_from_row,
    line_from_row,
    link_from_row,
    row_from_audit_entry,
    row_from_tally,
)

BATCH = 5000

_ENTRY = AUDIT_ENTRY.c
_NEWEST = (
    select(AUDIT_ENTRY)
    .where(_ENTRY.chain == bindparam("chain"))
    .order_by(_ENTRY.seq.desc())
    .limit(1)
)
# The triggers take the same lock, so nothing gets between the head and its follower.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('audit:' || :chain, 0))")
# Steps from one chain to the next over the index, however long the chains are.
_CHAINS = text(
    """
    WITH RECURSIVE found(chain) AS (
      SELECT min(chain) FROM audit_entry
      UNION ALL
      SELECT (SELECT min(chain) FROM audit_entry WHERE chain > found.chain)
      FROM found WHERE found.chain IS NOT NULL
    )
    SELECT chain FROM found WHERE chain IS NOT NULL
    """
)


def append(
    connection: Connection, facts: Iterable[Fact], seal_key: bytes | None
) -> None:
    """Put facts behind the heads of their chains.

    The chains are locked in one order in every process, so that two transactions
    that write several never wait for each other.
    """
    by_chain = sorted(facts, key=attrgetter("chain"))
    rows: list[dict[str, object]] = []
    for name, group in groupby(by_chain, key=attrgetter("chain")):
        head = _locked_head(connection, name)
        for fact in group:
            head = chain(head, fact, seal_key=seal_key)
            rows.append(row_from_audit_entry(head))
    if rows:
        connection.execute(insert(AUDIT_ENTRY), rows)
    counted = [row_from_tally(each) for each in tallies_of(by_chain)]
    if counted:
        # Each row belongs to a chain that is locked: nobody waits here.
        dialect = connection.dialect.name
        connection.execute(add_to(AUDIT_TALLY, dialect, "number"), counted)


def _locked_head(connection: Connection, name: str) -> AuditEntry | None:
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"chain": name})
    row = connection.execute(_NEWEST, {"chain": name}).one_or_none()
    return audit_entry_from_row(row) if row else None


def chains(connection: Connection) -> tuple[str, ...]:
    """Name the chains."""
    return tuple(connection.execute(_CHAINS).scalars())


def heads(connection: Connection) -> tuple[Head, ...]:
    """Give the last entry's number and hash of every chain."""
    found = []
    for name in chains(connection):
        row = connection.execute(_NEWEST, {"chain": name}).one()
        found.append(Head(chain=name, seq=row.seq, hash=row.hash))
    return tuple(found)


def entries(connection: Connection, name: str, after: int) -> Sequence[AuditEntry]:
    """Give a batch of a chain behind number `after`."""
    rows = connection.execute(_batch(name, after))
    return [audit_entry_from_row(row) for row in rows]


def lines(connection: Connection, name: str, after: int) -> Sequence[str]:
    """Give a batch of a chain behind number `after`, as the lines of an export."""
    rows = connection.execute(_batch(name, after))
    return [line_from_row(row) for row in rows]


def links(connection: Connection, name: str, after: int) -> Sequence[Link]:
    """Give a batch of a chain behind number `after`, as verifying needs it."""
    rows = connection.execute(_batch(name, after))
    return [link_from_row(row) for row in rows]


def _batch(name: str, after: int) -> Select[Any]:
    return (
        select(AUDIT_ENTRY)
        .where(_ENTRY.chain == name, _ENTRY.seq > after)
        .order_by(_ENTRY.seq)
        .limit(BATCH)
    )
