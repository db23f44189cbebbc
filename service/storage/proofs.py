"""Proofs that channels work: one row each, of which every writer changes its part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from service.domain.audit import Head
from service.domain.proof import Proof
from service.storage import audit_log
from service.storage.statements import insert_if_new
from service.storage.tables import AUDIT_ENTRY, CHANNEL_PROOF

_PROOF = CHANNEL_PROOF.c
_PROOFS = select(CHANNEL_PROOF).order_by(_PROOF.channel)


def proofs(connection: Connection) -> tuple[Proof, ...]:
    return tuple(
        Proof(
            channel=row.channel,
            since=row.since,
            delivered_at=row.delivered_at,
            delivered_id=row.delivered_id,
            failed_at=row.failed_at,
            error=row.error,
            drilled_at=row.drilled_at,
        )
        for row in connection.execute(_PROOFS)
    )


def note(connection: Connection, channel: str, at: datetime) -> None:
    """Make the row of a channel where there is none."""
    statement = insert_if_new(CHANNEL_PROOF, connection.dialect.name, "channel")
    connection.execute(statement, {"channel": channel, "since": at, "error": ""})


def change(
    connection: Connection,
    channel: str,
    at: datetime,
    unless: ColumnElement[bool] | None = None,
    **values: Any,  # noqa: ANN401 - any column's
) -> bool:
    """Change some columns of a channel's row; say whether it was done."""
    note(connection, channel, at)
    wanted = update(CHANNEL_PROOF).where(_PROOF.channel == channel).values(**values)
    if unless is not None:
        wanted = wanted.where(unless)
    return connection.execute(wanted).rowcount == 1


def claim_drill(
    connection: Connection, channel: str, before: datetime | None, at: datetime
) -> bool:
    is_as_seen = _PROOF.drilled_at.is_not_distinct_from(before)
    return change(connection, channel, at, is_as_seen, drilled_at=at)


def claim_heads(connection: Connection, channel: str, day: str, at: datetime) -> bool:
    is_another_day = _PROOF.head_day.is_distinct_from(day)
    return change(connection, channel, at, is_another_day, head_day=day)


def heads(connection: Connection, first: Sequence[str], most: int) -> tuple[Head, ...]:
    """Give the newest entry of up to so many chains, those named first."""
    known = audit_log.chains(connection)
    named = [each for each in dict.fromkeys(first) if each in known]
    return tuple(
        _head(connection, name) for name in [*dict.fromkeys([*named, *known])][:most]
    )


def _head(connection: Connection, chain: str) -> Head:
    entry = AUDIT_ENTRY.c
    newest = (
        select(entry.seq, entry.hash)
        .where(entry.chain == chain)
        .order_by(entry.seq.desc())
        .limit(1)
    )
    row = connection.execute(newest).one()
    return Head(chain=chain, seq=row.seq, hash=row.hash)
