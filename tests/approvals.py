"""Requests for approval with defaults: a cap from 6000 to 5000 EUR, asked at noon."""

from dataclasses import replace

from service.domain.approval import Approval, ApprovalState
from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeKind
from service.domain.policy import Severity
from tests.builders import HOUR, NOON, Fields, limit


def approval(**changes: Fields) -> Approval:
    built = Approval(
        id="ap_1",
        organization="acme",
        state=ApprovalState.PENDING,
        kind=ChangeKind.CAP,
        change_id="lc_1",
        before=limit(6000),
        after=limit(5000),
        requested_by="system:scheduler",
        requested_at=NOON,
        expires_at=NOON + 2 * HOUR,
        on_expiry=OnExpiry.DENY,
        reason="spend 5100 EUR is at or above 5000.00 EUR",
        severity=Severity.CRITICAL,
        channels=("finops",),
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id="al_1",
    )
    return replace(built, **changes)
