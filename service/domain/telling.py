"""Who hears what of a check, and what of it the audit log keeps."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from service.domain.approval_telling import approval_facts, tell_approvals
from service.domain.audit import SCHEDULER, AuditAction, Fact
from service.domain.briefing import money
from service.domain.case import Case
from service.domain.decision import Told
from service.domain.drift_moves import drift_facts
from service.domain.events import (
    event_kind,
    tell_alert,
    tell_change,
    tell_end,
    tell_period,
    tell_skip,
    tell_unasked_skip,
)
from service.domain.findings import Findings
from service.domain.limit_change import ChangeState, LimitChange, is_news
from service.domain.limit_plan import Skip
from service.domain.recording import (
    change_fact,
    limit_json,
    number,
    step_facts,
)
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved

_CLOSE_ENOUGH = timedelta(hours=1)


def told_of(case: Case, findings: Findings) -> tuple[Told, ...]:
    """Give every event of a check with the channels that hear of it."""
    return (
        *_of_period(case, findings),
        *tell_moved(findings.moved),
        *_of_changes(case, findings),
        *_of_approvals(case, findings),
        *_of_skips(case, findings),
        *_of_ends(case, findings),
    )


def facts_of(case: Case, findings: Findings) -> tuple[Fact, ...]:
    """Give what the audit log keeps of a check, in the order in which it happened."""
    now, policies = case.now, case.policies
    return (
        *_reference_facts(case, findings),
        *_period_facts(case, findings),
        *(change_fact(change, now, policies) for change in findings.ended),
        *_circuit_facts(case, findings),
        *step_facts((each.step for each in findings.moved), now, policies),
        *approval_facts(findings.round.steps, now, policies),
        *_awaiting_facts(case, findings),
        *(change_fact(change, now, policies) for change in findings.skipped),
        *(change_fact(change, now, policies) for change in findings.endings.to_save),
        *(change_fact(change, now, policies) for change in findings.planned),
    )


def _of_period(case: Case, findings: Findings) -> Iterator[Told]:
    # The very first check begins no period: it comes into one.
    if not findings.is_new_period or case.memory.state.period is None:
        return
    book, seen = case.book, case.memory.state.last_good
    last = money(findings.state.final_total, case.organization.currency)
    # What was not watched to its end may have come to more.
    is_old = seen is not None and book.month.start - seen.at > _CLOSE_ENOUGH
    is_closed = book.closed_month() is not None
    at = seen.at if seen is not None and is_old and not is_closed else None
    yield tell_period(book.month.key, last, case.default_channels, seen_at=at)


def tell_moved(moved: Iterable[Moved]) -> Iterator[Told]:
    """Tell of the edges among what moved."""
    for each in moved:
        kind = event_kind(each.step)
        if kind is not None and each.step.alert is not None and each.step.is_changed:
            said = f"{each.step.alert.reason}{each.who}" if each.who else ""
            yield tell_alert(
                each.step.alert, kind, each.channels, each.policy, detail=said
            )


def _of_changes(case: Case, findings: Findings) -> Iterator[Told]:
    for change in (*findings.ended, *findings.planned):
        # A plan that was never sent is planned anew, or told with its own reason.
        if change.state is ChangeState.SKIPPED:
            continue
        yield tell_change(change, _channels_of(case, change))


def _channels_of(case: Case, change: LimitChange) -> tuple[str, ...]:
    """Give who hears of a limit change: its threshold's channels and the default."""
    origin = (change.policy_id, change.threshold_id)
    own = (
        channel
        for declared in case.policies.policies
        for threshold in declared.policy.thresholds
        if (declared.policy.id, threshold.id) == origin
        for channel in case.policies.channels_of(threshold)
    )
    return tuple(dict.fromkeys((*own, *case.default_channels)))


def _of_ends(case: Case, findings: Findings) -> Iterator[Told]:
    for change in findings.endings.to_tell:
        yield tell_end(change, _channels_of(case, change))


def _of_approvals(case: Case, findings: Findings) -> Iterator[Told]:
    channels = frozenset(each.name for each in case.policies.guard.channels)
    yield from tell_approvals(findings.round.steps, channels, case.default_channels)


def _awaiting_facts(case: Case, findings: Findings) -> Iterator[Fact]:
    for change in findings.round.changes:
        # One that goes on is recorded when it is planned.
        if is_news(change):
            yield change_fact(change, case.now, case.policies)


def _of_skips(case: Case, findings: Findings) -> Iterator[Told]:
    for skip, change in zip(findings.skips, findings.skipped, strict=True):
        told = _of_skip(case, skip, change)
        if told is not None:
            yield told


def _of_skip(case: Case, skip: Skip, change: LimitChange) -> Told | None:
    """Give what is told of a skip: nothing where it is the baseline that waits."""
    if skip.wanted is not None:
        threshold = skip.wanted.threshold
        return tell_skip(change, threshold, case.policies.channels_of(threshold))
    if skip.is_revert or skip.is_track:
        return tell_unasked_skip(change, case.default_channels)
    return None


def _reference_facts(case: Case, findings: Findings) -> Iterator[Fact]:
    before, state = case.memory.state.reference, findings.settlement.state
    if before is None and state.reference is not None:
        yield reference_fact(state, case.now)
    yield from drift_facts(state.organization, findings.drift, case.now)


def reference_fact(state: OrganizationState, now: datetime) -> Fact:
    """Record the limit first seen."""
    return Fact(
        chain=state.organization,
        at=now,
        actor=SCHEDULER,
        action=AuditAction.LIMIT_REFERENCE_SEEN,
        target=f"organization:{state.organization}",
        outcome="seen",
        detail={"from": None, "to": limit_json(state.reference)},
    )


def _period_facts(case: Case, findings: Findings) -> Iterator[Fact]:
    if not findings.is_new_period:
        return
    yield Fact(
        chain=case.organization.name,
        at=case.now,
        actor=SCHEDULER,
        action=AuditAction.PERIOD_STARTED,
        target=f"organization:{case.organization.name}",
        outcome="started",
        detail={
            "period": case.book.month.key,
            "before": case.memory.state.period,
            "final_total": number(findings.state.final_total),
        },
    )


def _circuit_facts(case: Case, findings: Findings) -> Iterator[Fact]:
    if findings.state.is_circuit_open and not case.memory.state.is_circuit_open:
        yield circuit_opened(case.organization.name, case.now, findings.state.failures)


def circuit_opened(organization: str, now: datetime, failures: int) -> Fact:
    """Record that no automatic change is made until a person resumes."""
    return Fact(
        chain=organization,
        at=now,
        actor=SCHEDULER,
        action=AuditAction.CIRCUIT_OPENED,
        target=f"organization:{organization}",
        outcome="open",
        detail={"failures": failures},
    )
