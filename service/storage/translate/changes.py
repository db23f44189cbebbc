"""Limit changes as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.storage.documents import limit_from_text, text_of_limit


def row_from_limit_change(change: LimitChange) -> dict[str, object]:
    return {
        "id": change.id,
        "organization": change.organization,
        "kind": change.kind.value,
        "state": change.state.value,
        "limit_before": text_of_limit(change.before),
        "limit_after": text_of_limit(change.after),
        "exact": change.exact,
        "observed": text_of_limit(change.observed),
        "period": change.period,
        "planned_at": change.planned_at,
        "requested_at": change.requested_at,
        "settled_at": change.settled_at,
        "expires_at": change.expires_at,
        "due_at": change.due_at,
        "below_spend": change.below_spend,
        "requested_by": change.requested_by,
        "policy_id": change.policy_id,
        "threshold_id": change.threshold_id,
        "alert_id": change.alert_id,
        "reason": change.reason,
        "note": change.note,
        "approval_id": change.approval_id,
    }


def limit_change_from_row(row: Row[Any]) -> LimitChange:
    return LimitChange(
        id=row.id,
        organization=row.organization,
        kind=ChangeKind(row.kind),
        state=ChangeState(row.state),
        before=limit_from_text(row.limit_before),
        after=limit_from_text(row.limit_after),
        exact=row.exact,
        observed=limit_from_text(row.observed),
        period=row.period,
        planned_at=row.planned_at,
        requested_at=row.requested_at,
        settled_at=row.settled_at,
        expires_at=row.expires_at,
        due_at=row.due_at,
        below_spend=bool(row.below_spend),
        requested_by=row.requested_by,
        policy_id=row.policy_id,
        threshold_id=row.threshold_id,
        alert_id=row.alert_id,
        reason=row.reason,
        note=row.note,
        approval_id=row.approval_id,
    )
