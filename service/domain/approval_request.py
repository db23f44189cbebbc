"""Ask a person: the request that a firing makes, with what the answer rests on."""

from dataclasses import dataclass, replace

from service.domain.approval import Approval, ApprovalState, approval_id
from service.domain.approval_round import Round
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.audit import SCHEDULER
from service.domain.effect import AskFirst
from service.domain.limit_change import (
    ChangeState,
    LimitChange,
    SkipReason,
    change_id,
)
from service.domain.limit_ground import Ground, Move, Wanted
from service.domain.limit_plan import active_caps
from service.domain.limit_rules import resolve_effect
from service.domain.money import Money
from service.domain.notification import Figures
from service.domain.policy_set import PolicySet
from service.domain.usage import SpendLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What every request of a check shares."""

    policies: PolicySet
    ground: Ground
    figures: Figures


def with_requests(round_: Round, asker: Asker) -> Round:
    """Ask for what could be carried out now but for an approval.

    What some rule stands against is not asked yet: it is skipped for that reason.
    """
    ground = asker.ground
    caps = tuple(active_caps(round_.wanted, ground))
    refused: list[Wanted] = []
    for each, asks in round_.asking:
        verdict = resolve_effect(each, ground, caps)
        if isinstance(verdict, SkipReason):
            refused.append(each)
            continue
        approval = _request(each, verdict, asks, asker, round_)
        round_ = _asked(round_, approval, _awaiting(approval, verdict, ground))
    return replace(round_, wanted=(*round_.wanted, *refused), asking=())


def _asked(round_: Round, approval: Approval, waiting: LimitChange) -> Round:
    step = ApprovalStep(approval=approval, edge=ApprovalEdge.REQUESTED)
    return replace(
        round_,
        approvals={**round_.approvals, approval.id: approval},
        steps=(*round_.steps, step),
        changes=(*round_.changes, waiting),
    )


def _request(
    wanted: Wanted, move: Move, asks: AskFirst, asker: Asker, round_: Round
) -> Approval:
    ground = asker.ground
    earlier = [e for e in round_.approvals.values() if e.alert_id == wanted.alert.id]
    name = ground.organization.name
    identity = approval_id(wanted.alert.id, len(earlier))
    own = asker.policies.channels_of(wanted.threshold)
    return Approval(
        id=identity,
        organization=name,
        state=ApprovalState.PENDING,
        kind=move.kind,
        change_id=change_id(name, identity, ground.check_id),
        before=ground.limit,
        after=SpendLimit(Money(move.target, ground.organization.currency)),
        requested_by=SCHEDULER,
        requested_at=ground.now,
        expires_at=ground.now + asks.expires,
        on_expiry=asks.on_expiry,
        reason=wanted.alert.reason,
        severity=wanted.threshold.severity,
        channels=tuple(dict.fromkeys((*own, *asker.policies.default_channels))),
        policy_id=wanted.policy.id,
        threshold_id=wanted.threshold.id,
        alert_id=wanted.alert.id,
        figures=asker.figures,
    )


def _awaiting(approval: Approval, move: Move, ground: Ground) -> LimitChange:
    return replace(
        awaiting_change(approval, ground.book.month.key),
        exact=move.exact,
    )


def awaiting_change(approval: Approval, period: str) -> LimitChange:
    """Give the limit change that waits for the answer to a request."""
    return LimitChange(
        id=approval.change_id,
        organization=approval.organization,
        kind=approval.kind,
        state=ChangeState.AWAITING_APPROVAL,
        before=approval.before,
        after=approval.after,
        planned_at=approval.requested_at,
        requested_by=approval.requested_by,
        period=period,
        policy_id=approval.policy_id,
        threshold_id=approval.threshold_id,
        alert_id=approval.alert_id,
        note=approval.reason if approval.is_wish else "",
        expires_at=approval.override_until,
        approval_id=approval.id,
    )
