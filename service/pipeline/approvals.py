"""What a person may do about a request for approval: approve or deny it.

The answer is recorded, told and committed by itself; what follows from a yes is done by
a check, which holds it against the facts of that moment. One runs at once; where it
cannot, the next scheduled one does it.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from service.domain.approval import Approval, ApprovalState, answer, followed
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.approval_telling import approval_facts, tell_approvals
from service.domain.errors import NotFound, RoleTooLow, SpendguardError
from service.domain.identity import stable_id
from service.domain.messages import notifications_of
from service.domain.recording import change_fact
from service.pipeline.cycle import WAIT_FOR_CHECK, run_check
from service.pipeline.outbox import enqueue, plain_envelope
from service.ports import ApprovalFilter, PageRequest, Services, UnitOfWork

_MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's answer; `may_raise` is whether they could set such a limit alone."""

    approval_id: str
    is_granted: bool
    actor: str
    may_raise: bool
    note: str = ""


def decide_approval(services: Services, verdict: Verdict) -> Approval:
    """Approve or deny; give the request with what came of it.

    What a policy asks for any decider may approve; a person's wish for more only who
    may raise. Raises `NotFound`, `RoleTooLow`, `OwnRequest`, `AlreadyDecided`,
    `ApprovalExpired`, and `WriterBusy` when a check never ends.
    """
    found = require_approval(services, verdict.approval_id)
    if verdict.is_granted and found.is_wish and not verdict.may_raise:
        raise RoleTooLow("approving a person's wish for more needs the role admin")
    with (
        services.locks.organization(found.organization, WAIT_FOR_CHECK),
        services.transaction() as work,
    ):
        known = work.approval(found.id) or found
        decided = answer(
            known,
            is_granted=verdict.is_granted,
            actor=verdict.actor,
            note=verdict.note,
            now=services.clock.now(),
        )
        edge = ApprovalEdge.GRANTED if verdict.is_granted else ApprovalEdge.DENIED
        record_step(services, work, decided, edge, verdict.actor)
    services.wake_delivery()
    if verdict.is_granted:
        # The answer stands whatever becomes of this check.
        with suppress(SpendguardError):
            run_check(services, decided.organization)
    return services.queries.approval(decided.id) or decided


def require_approval(services: Services, wanted: str) -> Approval:
    """Give a request for approval; raise `NotFound`."""
    found = services.queries.approval(wanted)
    if found is None:
        raise NotFound(f"no approval has the id {wanted!r}")
    return found


def pending_approvals(services: Services) -> tuple[Approval, ...]:
    """Give the requests that nobody has answered yet, the newest first."""
    wanted = ApprovalFilter(state=ApprovalState.PENDING)
    return services.queries.approvals(wanted, PageRequest(limit=_MOST_SHOWN)).items


def record_step(
    services: Services,
    work: UnitOfWork,
    approval: Approval,
    edge: ApprovalEdge,
    actor: str,
) -> None:
    """Keep a request with its change, its entries and its messages."""
    now, policies = services.clock.now(), services.policies.current()
    work.save_approval(approval)
    changes = work.limit_changes(approval.organization, approval.requested_at)
    for change in changes:
        after = followed(change, approval)
        if change.id == approval.change_id and after != change:
            work.save_limit_change(after)
            if after.settled_at is not None:
                work.record(change_fact(after, now, policies, actor))
    steps = (ApprovalStep(approval=approval, edge=edge),)
    work.record(*approval_facts(steps, now, policies, actor))
    channels = frozenset(each.name for each in policies.guard.channels)
    told = tell_approvals(steps, channels, policies.default_channels)
    occasion = stable_id("approval", approval.id, edge.value)
    name = approval.organization
    envelope = plain_envelope(services, policies, occasion, name, now)
    if edge is ApprovalEdge.REQUESTED:
        envelope = replace(envelope, figures=approval.figures)
    enqueue(work, notifications_of(told, envelope))
