"""What of a decision goes into the audit log."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from service.domain.alert import Alert
from service.domain.alerting import Step
from service.domain.audit import SCHEDULER, AuditAction, Fact, Json, PolicyReference
from service.domain.check import Check, Outcome
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.policy_set import PolicySet
from service.domain.usage import SpendLimit

_CHANGE_ACTIONS = {
    ChangeState.PLANNED: AuditAction.LIMIT_CHANGE_PLANNED,
    ChangeState.AWAITING_APPROVAL: AuditAction.LIMIT_CHANGE_PLANNED,
    ChangeState.APPROVED: AuditAction.LIMIT_CHANGE_PLANNED,
    ChangeState.DENIED: AuditAction.LIMIT_CHANGE_SKIPPED,
    ChangeState.EXPIRED: AuditAction.LIMIT_CHANGE_SKIPPED,
    ChangeState.REQUESTED: AuditAction.LIMIT_CHANGE_REQUESTED,
    ChangeState.APPLIED: AuditAction.LIMIT_CHANGE_APPLIED,
    ChangeState.FAILED: AuditAction.LIMIT_CHANGE_FAILED,
    ChangeState.UNKNOWN: AuditAction.LIMIT_CHANGE_UNKNOWN,
    ChangeState.SKIPPED: AuditAction.LIMIT_CHANGE_SKIPPED,
}
_STEP_ACTIONS = {
    Outcome.PENDING: AuditAction.ALERT_PENDING,
    Outcome.FIRED: AuditAction.ALERT_FIRED,
    Outcome.RESOLVED: AuditAction.ALERT_RESOLVED,
}


def number(value: Decimal | None) -> str | None:
    """Write an amount for the log: exact, as text, without an exponent."""
    return None if value is None else f"{value.normalize():f}"


def limit_json(limit: SpendLimit | None) -> Json:
    """Write a limit for the log; None where it is not known."""
    if limit is None:
        return None
    if limit.amount is None:
        return {"unlimited": True}
    return {
        "amount": number(limit.amount.amount),
        "currency": limit.amount.currency,
        "unlimited": False,
    }


def reference(
    policies: PolicySet | None, policy_id: str | None
) -> PolicyReference | None:
    """Name the policy a fact follows from, in the revision in force."""
    if policies is None or not policy_id:
        return None
    return PolicyReference(
        id=policy_id, revision=policies.revision, commit=policies.commit
    )


def _action(change: LimitChange) -> AuditAction:
    # Nobody answered, and the policy says that it goes on.
    if change.state is ChangeState.EXPIRED and change.settled_at is None:
        return AuditAction.LIMIT_CHANGE_PLANNED
    return _CHANGE_ACTIONS[change.state]


def change_fact(
    change: LimitChange,
    at: datetime,
    policies: PolicySet | None,
    actor: str = SCHEDULER,
) -> Fact:
    """Record where a limit change stands now."""
    detail: dict[str, Json] = {
        "kind": change.kind.value,
        "from": limit_json(change.before),
        "to": limit_json(change.after),
        "exact": number(change.exact),
        "observed": limit_json(change.observed),
        "requested_by": change.requested_by,
        "threshold": change.threshold_id,
        "alert": change.alert_id,
        "note": change.note,
        "approval": change.approval_id,
    }
    if change.below_spend:
        detail["below_spend"] = True
    return Fact(
        chain=change.organization,
        at=at,
        actor=actor,
        action=_action(change),
        target=f"limit_change:{change.id}",
        outcome=change.state.value,
        reason=change.reason,
        policy=reference(policies, change.policy_id),
        detail=detail,
    )


def alert_fact(
    alert: Alert,
    action: AuditAction,
    at: datetime,
    policies: PolicySet | None,
    actor: str = SCHEDULER,
) -> Fact:
    """Record what became of an alert."""
    key = alert.key
    detail: dict[str, Json] = {
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "threshold": key.threshold_id,
        "scope": key.scope,
        "period": key.period,
        "firing": alert.firing,
        "value": number(alert.value),
        "bound": number(alert.bound),
        "unit": alert.unit,
    }
    return Fact(
        chain=key.organization,
        at=at,
        actor=actor,
        action=action,
        target=f"alert:{alert.id}",
        outcome=alert.state.value,
        reason=alert.reason,
        policy=reference(policies, key.policy_id),
        detail=detail,
    )


def step_facts(
    steps: Iterable[Step], at: datetime, policies: PolicySet | None
) -> Iterator[Fact]:
    """Record the edges among the steps of a check; a level is no news."""
    for step in steps:
        alert = step.alert
        if alert is None or not step.is_changed:
            continue
        action = _STEP_ACTIONS.get(step.outcome)
        if step.is_reminder:
            action = AuditAction.ALERT_REMINDED
        # A pending alert is recorded when it begins, not at each check it waits.
        if action is AuditAction.ALERT_PENDING and alert.pending_at != at:
            continue
        if action is not None:
            yield alert_fact(alert, action, at, policies)


def check_fact(check: Check, policies: PolicySet) -> Fact:
    """Record that a check was made, also when it changed nothing."""
    spend = check.spend
    counts: dict[str, int] = {}
    for decided in check.decisions:
        counts[decided.outcome.value] = counts.get(decided.outcome.value, 0) + 1
    detail: dict[str, Json] = {
        "spend": number(spend.amount),
        "currency": check.currency,
        "data": spend.state.value,
        "limit": limit_json(check.limit),
        "thresholds": dict(counts),
        "alerts_fired": list(check.alerts_fired),
        "limit_change": check.change_id,
        "revision": policies.revision,
        "commit": policies.commit,
        "author": policies.author,
    }
    return Fact(
        chain=check.organization,
        at=check.at,
        actor=SCHEDULER,
        action=AuditAction.CHECK_COMPLETED,
        target=f"check:{check.id}",
        outcome=check.outcome.value,
        reason=spend.reason or "",
        detail=detail,
    )
