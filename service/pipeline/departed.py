"""Organizations that the policies no longer name: what stood open there has ended.

Nobody checks them any more, so nobody else would ever see their alerts end.
"""

from collections.abc import Iterator
from datetime import datetime

from service.domain.alert import SYSTEM, AlertState
from service.domain.alerting import resolve
from service.domain.approval import Approval, SupersededBy, followed, supersede
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.approval_telling import approval_facts, tell_approvals
from service.domain.check import Outcome
from service.domain.decision import Told
from service.domain.events import tell_alert
from service.domain.notification import EventKind
from service.domain.policy_set import PolicySet
from service.domain.recording import change_fact, step_facts
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Services, UnitOfWork

_OPEN = frozenset({AlertState.PENDING, AlertState.FIRING})


def end_departed(
    services: Services, work: UnitOfWork, policies: PolicySet, now: datetime
) -> None:
    """End the alerts and requests of organizations that a set does not name (§4.7)."""
    named = {SYSTEM, *(each.name for each in policies.guard.organizations)}
    for state in services.queries.organization_states():
        if state.organization in named:
            continue
        told = (
            *_alerts(work, state.organization, policies, now),
            *_requests(work, state.organization, policies, now),
        )
        occasion = f"departed:{state.organization}:{now.isoformat()}"
        name = state.organization
        tell(work, told, plain_envelope(services, policies, occasion, name, now))


def _alerts(
    work: UnitOfWork, name: str, policies: PolicySet, now: datetime
) -> Iterator[Told]:
    for before in work.alerts(name, now):
        if before.state not in _OPEN:
            continue
        step = resolve(before, "removed", now)
        alert = step.alert or before
        work.save_alert(alert)
        work.record(*step_facts([step], now, policies))
        # What was pending was told to nobody.
        if step.outcome is Outcome.RESOLVED:
            yield tell_alert(alert, EventKind.RESOLVED, policies.default_channels)


def _requests(
    work: UnitOfWork, name: str, policies: PolicySet, now: datetime
) -> tuple[Told, ...]:
    steps = tuple(
        ApprovalStep(
            approval=supersede(each, SupersededBy.POLICY_CHANGED, now),
            edge=ApprovalEdge.SUPERSEDED,
        )
        for each in work.approvals(name, now)
        if each.is_open
    )
    for step in steps:
        work.save_approval(step.approval)
        _end_waiting(work, step.approval, policies, now)
    work.record(*approval_facts(steps, now, policies))
    channels = frozenset(each.name for each in policies.guard.channels)
    return tuple(tell_approvals(steps, channels, policies.default_channels))


def _end_waiting(
    work: UnitOfWork, approval: Approval, policies: PolicySet, now: datetime
) -> None:
    for change in work.limit_changes(approval.organization, now):
        after = followed(change, approval)
        if change.id == approval.change_id and after != change:
            work.save_limit_change(after)
            work.record(change_fact(after, now, policies))
