"""What happened beside the checks while a past went by: people, and months read."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from service.domain.approval import Approval, ApprovalState
from service.domain.audit import SYSTEM_CHAIN, AuditAction, AuditEntry
from service.domain.errors import SpendguardError
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.replay import Replay
from service.domain.replay_acts import keep_drift, release_hold
from service.ports import AlertFilter, ApprovalFilter, Page, PageRequest, Services

_AT_ONCE = 200
_SYSTEM = "system:"
_ANSWERED = frozenset(
    {ApprovalState.APPROVED, ApprovalState.DENIED, ApprovalState.USED}
)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that happened beside the checks, as it is done to a replay."""

    at: datetime
    do: Callable[[Replay], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastActs:
    """All acts, oldest first, and the changes that the live service made by itself."""

    acts: tuple[Act, ...]
    own: tuple[LimitChange, ...]


def past_acts(services: Services, organization: str) -> PastActs:
    """Read what was done to an organization beside its checks, of all that is kept."""
    queries = services.queries
    changes = [
        each
        for each in _all(lambda page: queries.limit_changes(organization, page))
        if each.state is ChangeState.APPLIED and each.settled_at is not None
    ]
    acts = (
        *_months_read(services, organization),
        *_by_persons(changes),
        *_answers(services, organization),
        *_acknowledged(services, organization),
        *_pauses(services),
        *_said_of_the_limit(services, organization),
    )
    own = (each for each in changes if each.is_automatic)
    return PastActs(
        acts=tuple(sorted(acts, key=lambda each: each.at)),
        own=tuple(sorted(own, key=lambda each: each.requested_at or each.planned_at)),
    )


def _all(ask: Callable[[PageRequest], Page[Item]]) -> Iterator[Item]:
    page = ask(PageRequest(limit=_AT_ONCE))
    yield from page.items
    while page.next_cursor is not None:
        page = ask(PageRequest(limit=_AT_ONCE, cursor=page.next_cursor))
        yield from page.items


def _audit(services: Services, chain: str, action: AuditAction) -> Iterator[AuditEntry]:
    return _all(lambda page: services.queries.audit(chain, action.value, page))


def _months_read(services: Services, organization: str) -> Iterator[Act]:
    """Give when each month before the present one was read, with what is known now."""
    for entry in _audit(services, organization, AuditAction.USAGE_MONTH_READ):
        at, detail = entry.fact.at, entry.fact.detail or {}
        wanted = detail.get("workspace") or ""
        for month in services.queries.usage(organization, str(detail.get("month"))):
            if month.workspace == wanted:
                seen = replace(month, captured_at=at)
                yield Act(at=at, do=partial(Replay.learn, month=seen))


def _by_persons(changes: list[LimitChange]) -> Iterator[Act]:
    for change in changes:
        if not change.is_automatic:
            at = change.settled_at or change.planned_at
            yield Act(at=at, do=partial(Replay.changed_by_person, change=change))


def _answers(services: Services, organization: str) -> Iterator[Act]:
    wanted = ApprovalFilter(organization=organization)
    for approval in _all(lambda page: services.queries.approvals(wanted, page)):
        at = approval.decided_at
        if at is not None and approval.state in _ANSWERED:
            yield Act(at=at, do=partial(_answer, approval=approval, now=at))


def _answer(replay: Replay, *, approval: Approval, now: datetime) -> None:
    # Under other policies nobody may have been asked this.
    with suppress(SpendguardError):
        replay.answer(
            approval.id,
            is_granted=approval.state is not ApprovalState.DENIED,
            actor=approval.decided_by or "",
            now=now,
            note=approval.note,
        )


def _acknowledged(services: Services, organization: str) -> Iterator[Act]:
    wanted = AlertFilter(organization=organization)
    for alert in _all(lambda page: services.queries.alerts(wanted, page)):
        at = alert.acknowledged_at
        if at is not None:
            actor = alert.acknowledged_by or ""
            yield Act(
                at=at,
                do=partial(_acknowledge, alert_id=alert.id, actor=actor, now=at),
            )


def _acknowledge(replay: Replay, *, alert_id: str, actor: str, now: datetime) -> None:
    # Under other policies it may not have fired.
    with suppress(SpendguardError):
        replay.acknowledge(alert_id, actor=actor, now=now)


def _pauses(services: Services) -> Iterator[Act]:
    for action in (AuditAction.AUTOMATION_PAUSED, AuditAction.AUTOMATION_RESUMED):
        is_paused = action is AuditAction.AUTOMATION_PAUSED
        for entry in _audit(services, SYSTEM_CHAIN, action):
            do = partial(Replay.pause, is_paused=is_paused)
            yield Act(at=entry.fact.at, do=do)


def _said_of_the_limit(services: Services, organization: str) -> Iterator[Act]:
    """Give the releases of a limit that follows, and the drifts that people kept."""
    for entry in _audit(services, organization, AuditAction.TRACKING_RELEASED):
        yield _act_on_memory(release_hold, entry)
    for entry in _audit(services, organization, AuditAction.LIMIT_REFERENCE_ADOPTED):
        # What the guard adopts by itself a replay does by itself.
        if not entry.fact.actor.startswith(_SYSTEM):
            yield _act_on_memory(keep_drift, entry)


def _act_on_memory(done: Callable[..., None], entry: AuditEntry) -> Act:
    at, actor = entry.fact.at, entry.fact.actor
    return Act(at=at, do=lambda replay: done(replay.memory, actor=actor, now=at))
