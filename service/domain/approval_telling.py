"""What is told and recorded of a request for approval."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from service.domain.approval import Approval, SupersededBy
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.audit import (
    SCHEDULER,
    AuditAction,
    Fact,
    Json,
    timestamp,
)
from service.domain.decision import Told
from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeKind
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.policy_set import PolicySet
from service.domain.recording import limit_json, number, reference

_ACTIONS = {
    ApprovalEdge.REQUESTED: AuditAction.APPROVAL_REQUESTED,
    ApprovalEdge.REMINDED: AuditAction.APPROVAL_REMINDED,
    ApprovalEdge.GRANTED: AuditAction.APPROVAL_GRANTED,
    ApprovalEdge.DENIED: AuditAction.APPROVAL_DENIED,
    ApprovalEdge.EXPIRED: AuditAction.APPROVAL_EXPIRED,
    ApprovalEdge.SUPERSEDED: AuditAction.APPROVAL_SUPERSEDED,
    ApprovalEdge.USED: AuditAction.APPROVAL_USED,
}
# That it was used is told by the limit change itself.
_EVENTS = {
    ApprovalEdge.REQUESTED: EventKind.APPROVAL_REQUESTED,
    ApprovalEdge.REMINDED: EventKind.APPROVAL_REMINDER,
    ApprovalEdge.GRANTED: EventKind.APPROVAL_GRANTED,
    ApprovalEdge.DENIED: EventKind.APPROVAL_DENIED,
    ApprovalEdge.EXPIRED: EventKind.APPROVAL_EXPIRED,
    ApprovalEdge.SUPERSEDED: EventKind.APPROVAL_SUPERSEDED,
}
_VERBS: Mapping[ChangeKind, str] = {
    ChangeKind.CAP: "cap",
    ChangeKind.SET: "set",
    ChangeKind.RAISE: "raise",
    ChangeKind.MANUAL: "raise",
}
_WORDS_OF_REASON = {
    SupersededBy.FIRING_ENDED: "the threshold fires no more",
    SupersededBy.POLICY_CHANGED: "the policy has changed",
    SupersededBy.LIMIT_REACHED: "the limit already stands there",
    SupersededBy.ABOVE_CEILING: "it is above a ceiling now",
    SupersededBy.TOO_LATE: "the time it was wanted for is over",
    SupersededBy.CURRENCY_CHANGED: "the organization's currency has changed",
}


def asked_for(approval: Approval) -> str:
    """Say in a few words what is asked for, and by whom."""
    before = "" if approval.before is None else f" from {approval.before}"
    if approval.is_wish:
        by = f"asked by {approval.requested_by}"
    else:
        by = f"by {approval.policy_id}/{approval.threshold_id}"
    return f"{_VERBS[approval.kind]} the limit{before} to {approval.after} ({by})"


def unanswered(approval: Approval) -> str:
    """Say what follows, and when, if nobody answers."""
    follows = "it is not done"
    if approval.on_expiry is OnExpiry.APPLY:
        follows = "it is done as if approved"
    return f"if nobody answers by {approval.expires_at:%Y-%m-%d %H:%M} UTC, {follows}"


def step_sentence(step: ApprovalStep) -> str:
    """Say in a sentence what happened to a request."""
    approval, what = step.approval, asked_for(step.approval)
    note = f": {approval.note}" if approval.note else ""
    match step.edge:
        case ApprovalEdge.REQUESTED | ApprovalEdge.REMINDED:
            still = "" if step.edge is ApprovalEdge.REQUESTED else "still "
            why = f"; why: {approval.reason}" if approval.reason else ""
            return f"approval {still}wanted to {what}; {unanswered(approval)}{why}"
        case ApprovalEdge.GRANTED:
            return f"{approval.decided_by} approved to {what}{note}"
        case ApprovalEdge.DENIED:
            return f"{approval.decided_by} denied to {what}{note}"
        case ApprovalEdge.EXPIRED:
            if approval.is_in_force:
                return f"nobody answered in time: it goes on to {what}"
            return f"nobody answered in time: it is not done to {what}"
        case _:
            reason = _WORDS_OF_REASON[SupersededBy(approval.ended_reason)]
            return f"nothing is left to approve: {reason}; wanted was to {what}"


def tell_approvals(
    steps: Iterable[ApprovalStep], known: frozenset[str], default: tuple[str, ...]
) -> Iterator[Told]:
    """Tell of requests, each edge once, to those who were asked.

    `known` are the channels there are; where none is left, the default ones hear it.
    """
    for step in steps:
        kind = _EVENTS.get(step.edge)
        if kind is None:
            continue
        own = tuple(name for name in step.approval.channels if name in known)
        yield Told(event=_event(step, kind), channels=own or default)


def _event(step: ApprovalStep, kind: EventKind) -> Event:
    approval = step.approval
    asks = step.edge in {ApprovalEdge.REQUESTED, ApprovalEdge.REMINDED}
    return Event(
        kind=kind,
        severity=approval.severity if asks else Severity.INFO,
        alert_kind="approval",
        detail=step_sentence(step),
        policy_id=approval.policy_id,
        threshold_id=approval.threshold_id,
        alert_id=approval.alert_id,
        approval_id=approval.id,
    )


def approval_facts(
    steps: Iterable[ApprovalStep],
    at: datetime,
    policies: PolicySet | None,
    actor: str = SCHEDULER,
) -> Iterator[Fact]:
    """Record what happened to requests."""
    for step in steps:
        approval = step.approval
        yield Fact(
            chain=approval.organization,
            at=at,
            actor=actor,
            action=_ACTIONS[step.edge],
            target=f"approval:{approval.id}",
            outcome=approval.state.value,
            reason=approval.ended_reason,
            policy=reference(policies, approval.policy_id),
            detail=_detail(approval),
        )


def _detail(approval: Approval) -> dict[str, Json]:
    figures = approval.figures
    spend = None if figures is None or figures.spend is None else figures.spend.amount
    return {
        "kind": approval.kind.value,
        "from": limit_json(approval.before),
        "to": limit_json(approval.after),
        "requested_by": approval.requested_by,
        "expires_at": timestamp(approval.expires_at),
        "on_expiry": approval.on_expiry.value,
        "decided_by": approval.decided_by,
        "note": approval.note,
        "why": approval.reason,
        "threshold": approval.threshold_id,
        "alert": approval.alert_id,
        "limit_change": approval.change_id,
        "spend": number(spend),
    }
