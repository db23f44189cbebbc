"""Alerts on the wire."""

from collections.abc import Iterable
from datetime import datetime

from service.api.bodies.base import EUR_292, Body, Quantity, example, quantity
from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.approval import Approval
from service.domain.policy import Severity
from service.domain.silence import Silence, muting


class AlertItem(Body):
    """One firing of a threshold, or of an alert about the guard itself.

    The latter has a `kind` and neither policy nor threshold. `muted_by` is the silence
    for which nobody is told of it, or was and is still to be.
    """

    model_config = example(
        id="al_5b6f1c0d9e8f7a6b5c4d3e2f",
        organization="acme",
        policy_id="acme-monthly",
        threshold_id="half",
        scope="acme",
        kind="spend",
        severity="info",
        state="firing",
        period="2026-08",
        firing=1,
        value={**EUR_292, "unit": "EUR"},
        bound={"amount": "250.00", "unit": "EUR", "currency": "EUR"},
        pending_at=None,
        fired_at="2026-08-20T12:00:00Z",
        resolved_at=None,
        acknowledged_by=None,
        acknowledged_at=None,
        muted_by=None,
        awaiting_approval=None,
        reason="spend reached 50% of the budget",
    )

    id: str
    organization: str
    policy_id: str | None
    threshold_id: str | None
    scope: str
    kind: AlertKind
    severity: Severity
    state: AlertState
    period: str | None
    firing: int
    value: Quantity | None
    bound: Quantity | None
    pending_at: datetime | None
    fired_at: datetime | None
    resolved_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    muted_by: str | None
    awaiting_approval: str | None
    reason: str


def alert_item(
    alert: Alert,
    silences: tuple[Silence, ...] = (),
    pending: Iterable[Approval] = (),
) -> AlertItem:
    """Give an alert as it goes over the wire.

    `silences` are those active now, `pending` the requests that wait for an answer.
    """
    key = alert.key
    asked = (each.id for each in pending if each.alert_id == alert.id)
    silence = muting(silences, alert) if alert.is_open else None
    return AlertItem(
        id=alert.id,
        organization=key.organization,
        policy_id=key.policy_id or None,
        threshold_id=None if alert.is_health else key.threshold_id,
        scope=key.scope,
        kind=alert.kind,
        severity=alert.severity,
        state=alert.state,
        period=key.period or None,
        firing=alert.firing,
        value=quantity(alert.value, alert.unit),
        bound=quantity(alert.bound, alert.unit),
        pending_at=alert.pending_at,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
        muted_by=alert.muted_by if silence is None else silence.id,
        awaiting_approval=next(asked, None),
        reason=alert.reason,
    )
