"""Counts over what is kept, each one statement over an index."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from service.domain.alert import AlertKind, AlertState
from service.domain.notification import NotificationState
from service.domain.policy import Severity
from service.ports import Counts, Firing, Waiting
from service.storage.tables import ALERT, AUDIT_TALLY, NOTIFICATION
from service.storage.translate.audit import tally_from_row

_WAITING_STATES = [
    NotificationState.PENDING.value,
    NotificationState.SENDING.value,
    NotificationState.FAILED.value,
]
_TALLIES = select(AUDIT_TALLY).order_by(
    AUDIT_TALLY.c.chain, AUDIT_TALLY.c.action, AUDIT_TALLY.c.label
)
_FIRING_KEY = (ALERT.c.organization, ALERT.c.kind, ALERT.c.severity)
_FIRING = (
    select(*_FIRING_KEY, func.count().label("number"))
    .where(
        ALERT.c.organization.in_(bindparam("organizations", expanding=True)),
        ALERT.c.state == AlertState.FIRING.value,
    )
    .group_by(*_FIRING_KEY)
    .order_by(*_FIRING_KEY)
)
_WAITING_KEY = (NOTIFICATION.c.channel, NOTIFICATION.c.state)
_WAITING = (
    select(
        *_WAITING_KEY,
        func.count().label("number"),
        func.min(NOTIFICATION.c.created_at).label("oldest_at"),
    )
    .where(NOTIFICATION.c.state.in_(_WAITING_STATES))
    .group_by(*_WAITING_KEY)
    .order_by(*_WAITING_KEY)
)


def counts(connection: Connection, organizations: Sequence[str]) -> Counts:
    given = {"organizations": list(organizations)}
    return Counts(
        tallies=tuple(map(tally_from_row, connection.execute(_TALLIES))),
        firing=tuple(
            Firing(
                organization=row.organization,
                kind=AlertKind(row.kind),
                severity=Severity(row.severity),
                number=row.number,
            )
            for row in connection.execute(_FIRING, given)
        ),
        waiting=tuple(
            Waiting(
                channel=row.channel,
                state=NotificationState(row.state),
                number=row.number,
                oldest_at=row.oldest_at,
            )
            for row in connection.execute(_WAITING)
        ),
    )
