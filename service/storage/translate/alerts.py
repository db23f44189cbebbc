"""Alerts as rows."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from service.domain.alert import Alert, AlertKey, AlertKind, AlertState
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.storage.documents import WORDS

_MICROSECOND = timedelta(microseconds=1)


def row_from_alert(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "organization": alert.key.organization,
        "policy_id": alert.key.policy_id,
        "threshold_id": alert.key.threshold_id,
        "scope": alert.key.scope,
        "period": alert.key.period,
        "firing": alert.firing,
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "value": alert.value,
        "bound": alert.bound,
        "unit": alert.unit,
        "pending_at": alert.pending_at,
        "last_true_at": alert.last_true_at,
        "held_microseconds": alert.held // _MICROSECOND,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "seen_at": _seen_at(alert),
        "reason": alert.reason,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": alert.acknowledged_at,
        "last_told_at": alert.last_told_at,
        "effect_done": alert.effect_done,
        "skips": WORDS.dump(alert.skips),
        "muted_by": alert.muted_by,
        "muted_kind": None if alert.muted_kind is None else alert.muted_kind.value,
    }


def alert_from_row(row: Row[Any]) -> Alert:
    return Alert(
        key=AlertKey(
            organization=row.organization,
            policy_id=row.policy_id,
            threshold_id=row.threshold_id,
            scope=row.scope,
            period=row.period,
        ),
        firing=row.firing,
        kind=AlertKind(row.kind),
        severity=Severity(row.severity),
        state=AlertState(row.state),
        value=row.value,
        bound=row.bound,
        unit=row.unit,
        pending_at=row.pending_at,
        last_true_at=row.last_true_at,
        held=row.held_microseconds * _MICROSECOND,
        fired_at=row.fired_at,
        resolved_at=row.resolved_at,
        reason=row.reason,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        last_told_at=row.last_told_at,
        effect_done=row.effect_done,
        skips=WORDS.load(row.skips),
        muted_by=row.muted_by,
        muted_kind=None if row.muted_kind is None else EventKind(row.muted_kind),
    )


def _seen_at(alert: Alert) -> datetime | None:
    moments = (alert.pending_at, alert.fired_at, alert.resolved_at)
    return max((at for at in moments if at is not None), default=None)
