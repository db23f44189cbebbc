"""An approval is used up with the change that it let go ahead."""

from datetime import datetime

from service.domain.approval import use
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.approval_telling import approval_facts
from service.domain.limit_change import LimitChange
from service.domain.policy_set import PolicySet
from service.ports import UnitOfWork


def use_approval(
    work: UnitOfWork, change: LimitChange, policies: PolicySet, now: datetime
) -> None:
    """Mark the approval of a change that ended as used, in the same transaction."""
    approval = work.approval(change.approval_id or "")
    used = None if approval is None else use(approval, change, now)
    if used is None or used == approval:
        return
    work.save_approval(used)
    step = ApprovalStep(approval=used, edge=ApprovalEdge.USED)
    work.record(*approval_facts((step,), now, policies))
