"""Silences, and the alerts whose news they withheld."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from service.domain.alert import Alert
from service.domain.silence import Silence, SilenceState
from service.storage.columns import Moment
from service.storage.reads import row_with_id
from service.storage.tables import ALERT, SILENCE
from service.storage.translate.alerts import alert_from_row
from service.storage.translate.silences import silence_from_row


def silence(connection: Connection, silence_id: str) -> Silence | None:
    row = row_with_id(connection, SILENCE, silence_id)
    return silence_from_row(row) if row else None


def active(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    rows = connection.execute(_ACTIVE, {"now": now})
    return tuple(silence_from_row(row) for row in rows)


def listed(state: SilenceState | None, now: datetime) -> Select[Any]:
    wanted = select(SILENCE)
    if state is None:
        return wanted
    return wanted.where(_is(state, bindparam("now", now, type_=Moment())))


def _is(state: SilenceState, now: BindParameter[datetime]) -> ColumnElement[bool]:
    columns = SILENCE.c
    is_over = or_(columns.expired_at.is_not(None), columns.ends_at <= now)
    if state is SilenceState.EXPIRED:
        return is_over
    has_started = columns.starts_at <= now
    if state is SilenceState.PENDING:
        has_started = columns.starts_at > now
    return and_(columns.expired_at.is_(None), columns.ends_at > now, has_started)


# Asked for at every check and every status: put together once.
_ACTIVE = (
    select(SILENCE)
    .where(_is(SilenceState.ACTIVE, bindparam("now", type_=Moment())))
    .order_by(SILENCE.c.position)
)
_MUTED = (
    select(ALERT)
    .where(
        ALERT.c.organization == bindparam("organization"),
        ALERT.c.muted_by.is_not(None),
    )
    .order_by(ALERT.c.position)
)


def muted_alerts(connection: Connection, organization: str) -> tuple[Alert, ...]:
    rows = connection.execute(_MUTED, {"organization": organization})
    return tuple(alert_from_row(row) for row in rows)


def unmute(connection: Connection, alert: Alert, now: datetime) -> bool:
    """Hold news of an alert back no more; False where another has done so."""
    statement = (
        update(ALERT)
        .where(ALERT.c.id == alert.id, ALERT.c.muted_by == alert.muted_by)
        .values(muted_by=None, muted_kind=None, last_told_at=now)
    )
    return connection.execute(statement).rowcount == 1
