"""Reads that a transaction and the lists share, each one statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from service.domain.alert import Alert, AlertState
from service.domain.check import Check, Observation
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.notification import Notification, NotificationState
from service.domain.state import OrganizationState
from service.storage.tables import (
    ALERT,
    CHECK,
    LIMIT_CHANGE,
    NOTIFICATION,
    ORGANIZATION_STATE,
    SETTING,
)
from service.storage.translate.alerts import alert_from_row
from service.storage.translate.changes import limit_change_from_row
from service.storage.translate.checks import (
    check_from_row,
    observation_from_row,
    state_from_row,
)
from service.storage.translate.notifications import notification_from_row

PAUSED = "paused"
_PAUSED_VALUE = select(SETTING.c.value).where(SETTING.c.name == PAUSED)

_SETTLED = {
    ChangeState.APPLIED,
    ChangeState.FAILED,
    ChangeState.SKIPPED,
    ChangeState.DENIED,
    ChangeState.EXPIRED,
}
_UNSETTLED = [state.value for state in ChangeState if state not in _SETTLED]
_OPEN = [AlertState.PENDING.value, AlertState.FIRING.value]
# One is taken at a time: a few more stand by where another process is quicker.
_DUE_AT_ONCE = 8
_DUE = [NotificationState.PENDING.value, NotificationState.FAILED.value]
_KEY = ("policy_id", "threshold_id", "scope", "period")
_ORGANIZATION: BindParameter[str] = bindparam("organization")
_LAST_CHECK = (
    select(CHECK)
    .where(CHECK.c.organization == _ORGANIZATION)
    .order_by(CHECK.c.position.desc())
    .limit(1)
)


# Statements of every check are put together once, too.
_STATE = select(ORGANIZATION_STATE).where(
    ORGANIZATION_STATE.c.organization == _ORGANIZATION
)
_SINCE: BindParameter[datetime] = bindparam("since")
_CHANGES = (
    select(LIMIT_CHANGE)
    .where(
        LIMIT_CHANGE.c.organization == _ORGANIZATION,
        or_(
            LIMIT_CHANGE.c.planned_at >= _SINCE,
            LIMIT_CHANGE.c.state.in_(_UNSETTLED),
            # A raise may last longer: what ends it looks at where it began.
            LIMIT_CHANGE.c.expires_at >= _SINCE,
        ),
    )
    .order_by(LIMIT_CHANGE.c.position)
)
_OBSERVATIONS: Select[Any] = (
    select(
        CHECK.c.at, CHECK.c.spend_amount, CHECK.c.spend_limit, CHECK.c.forecast_amount
    )
    .where(CHECK.c.organization == _ORGANIZATION, CHECK.c.at >= _SINCE)
    .order_by(CHECK.c.at, CHECK.c.position)
)
_OBSERVATIONS_UNTIL = _OBSERVATIONS.where(CHECK.c.at < bindparam("until"))


def row_with_id(connection: Connection, table: Table, key: str) -> Row[Any] | None:
    return connection.execute(select(table).where(table.c.id == key)).one_or_none()


def state(connection: Connection, organization: str) -> OrganizationState | None:
    given = {"organization": organization}
    row = connection.execute(_STATE, given).one_or_none()
    return state_from_row(row) if row else None


def last_check(connection: Connection, organization: str) -> Check | None:
    given = {"organization": organization}
    row = connection.execute(_LAST_CHECK, given).one_or_none()
    return check_from_row(row) if row else None


def is_paused(connection: Connection) -> bool:
    return connection.execute(_PAUSED_VALUE).scalar_one_or_none() == "true"


def alert(connection: Connection, alert_id: str) -> Alert | None:
    row = row_with_id(connection, ALERT, alert_id)
    return alert_from_row(row) if row else None


def alerts_of(
    connection: Connection, organization: str, since: datetime
) -> tuple[Alert, ...]:
    """Give the newest firing of each key that is open, seen since, or of health."""
    given = {"organization": organization, "since": since}
    return tuple(map(alert_from_row, connection.execute(_NEWEST_ALERTS, given)))


def _same(one: Any, other: Any) -> ColumnElement[bool]:  # noqa: ANN401 - any collection of columns
    return and_(*(one[name] == other[name] for name in _KEY))


def _newest_alerts() -> Select[Any]:
    keys = (
        select(*(ALERT.c[name] for name in _KEY))
        .where(
            ALERT.c.organization == _ORGANIZATION,
            or_(
                ALERT.c.state.in_(_OPEN),
                ALERT.c.seen_at >= bindparam("since"),
                # No period ends the numbering of health alerts: the last one is taken.
                ALERT.c.policy_id == "",
            ),
        )
        .distinct()
        .subquery()
    )
    other = ALERT.alias()
    newest = (
        select(func.max(other.c.firing))
        .where(other.c.organization == _ORGANIZATION, _same(other.c, ALERT.c))
        .scalar_subquery()
    )
    return (
        select(ALERT)
        .join(keys, _same(keys.c, ALERT.c))
        .where(ALERT.c.organization == _ORGANIZATION, ALERT.c.firing == newest)
        .order_by(ALERT.c.position)
    )


# Put together once: that takes longer than the database needs to answer.
_NEWEST_ALERTS = _newest_alerts()


def limit_changes_of(
    connection: Connection, organization: str, since: datetime
) -> tuple[LimitChange, ...]:
    given = {"organization": organization, "since": since}
    rows = connection.execute(_CHANGES, given)
    return tuple(limit_change_from_row(row) for row in rows)


def observations(
    connection: Connection,
    organization: str,
    since: datetime,
    until: datetime | None = None,
) -> tuple[Observation, ...]:
    given = {"organization": organization, "since": since}
    if until is None:
        rows = connection.execute(_OBSERVATIONS, given)
    else:
        rows = connection.execute(_OBSERVATIONS_UNTIL, {**given, "until": until})
    return tuple(observation_from_row(row) for row in rows)


def notification(connection: Connection, notification_id: str) -> Notification | None:
    row = row_with_id(connection, NOTIFICATION, notification_id)
    return notification_from_row(row) if row else None


def failed_notifications(
    connection: Connection, channel: str
) -> tuple[Notification, ...]:
    wanted = (
        select(NOTIFICATION)
        .where(
            NOTIFICATION.c.state == NotificationState.FAILED.value,
            NOTIFICATION.c.channel == channel,
        )
        .order_by(NOTIFICATION.c.position)
    )
    return tuple(notification_from_row(row) for row in connection.execute(wanted))


def due_notifications(
    connection: Connection, channel: str, now: datetime, stale_before: datetime
) -> tuple[Notification, ...]:
    wanted = (
        select(NOTIFICATION)
        .where(NOTIFICATION.c.channel == channel, _is_due(now, stale_before))
        .order_by(NOTIFICATION.c.position)
        .limit(_DUE_AT_ONCE)
    )
    return tuple(notification_from_row(row) for row in connection.execute(wanted))


def due_channels(
    connection: Connection, now: datetime, stale_before: datetime
) -> tuple[str, ...]:
    wanted = (
        select(NOTIFICATION.c.channel)
        .where(_is_due(now, stale_before))
        .group_by(NOTIFICATION.c.channel)
        .order_by(func.min(NOTIFICATION.c.position))
    )
    return tuple(connection.execute(wanted).scalars())


def _is_due(now: datetime, stale_before: datetime) -> ColumnElement[bool]:
    return or_(
        and_(
            NOTIFICATION.c.state.in_(_DUE),
            NOTIFICATION.c.next_attempt_at <= now,
        ),
        and_(
            NOTIFICATION.c.state == NotificationState.SENDING.value,
            NOTIFICATION.c.claimed_at < stale_before,
        ),
    )
