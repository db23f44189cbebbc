"""What a status rests on, read often: statements made once, one connection."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from service.domain.alert import AlertState
from service.ports import Kept, Survey
from service.storage import approvals, past, proofs, reads, silences
from service.storage.tables import ALERT, ORGANIZATION_STATE
from service.storage.translate.alerts import alert_from_row
from service.storage.translate.checks import state_from_row

_MOST_ALERTS = 200
_FIRING = (
    select(ALERT)
    .where(
        ALERT.c.organization == bindparam("name"),
        ALERT.c.state == AlertState.FIRING.value,
    )
    .order_by(ALERT.c.position.desc())
    .limit(_MOST_ALERTS)
)
_STATES = select(ORGANIZATION_STATE)


def survey(
    connection: Connection, organizations: Sequence[str], now: datetime
) -> Survey:
    rows = connection.execute(_STATES)
    states = {row.organization: row for row in rows}
    pending = approvals.pending(connection)
    past_reads = past.whole_reads(connection, now)
    return Survey(
        is_paused=reads.is_paused(connection),
        organizations={
            name: replace(
                _kept(connection, name, states.get(name)),
                pending=tuple(pending.get(name, ())),
                past_reads=tuple(past_reads.get(name, ())),
            )
            for name in organizations
        },
        active_silences=silences.active(connection, now),
        proofs=proofs.proofs(connection),
    )


def _kept(connection: Connection, name: str, state: Row[Any] | None) -> Kept:
    given = {"name": name}
    firing = connection.execute(_FIRING, given).all()
    return Kept(
        state=None if state is None else state_from_row(state),
        last_check=reads.last_check(connection, name),
        firing=tuple(alert_from_row(row) for row in firing),
    )
