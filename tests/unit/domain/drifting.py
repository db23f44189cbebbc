"""Acme whose limit somebody moves outside, watched over many checks."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain.analytics import ProviderAuditEntry
from service.domain.audit import AuditAction
from service.domain.decision import Decision, Memory
from service.domain.limit_change import ChangeKind
from service.domain.notification import EventKind
from service.domain.policy import Threshold
from tests.builders import (
    MINUTE,
    Fields,
    capping,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)
from tests.unit.domain.test_attribution import entry
from tests.unit.domain.watching import Watching

OUTSIDE = "limit_changed_outside"
FIRED, RESOLVED = EventKind.FIRED, EventKind.RESOLVED
RAISE = threshold(id="near", spend=1, then=raising(500))
CAP = threshold(id="stop", spend=1, then=capping(9000))


def watching(on_drift: str, *thresholds: Threshold, **guardrails: Fields) -> Watching:
    """Watch acme after a first check that saw a limit of 10,000."""
    watched = Watching(
        policy_set(policy(*(thresholds or (threshold(),)))),
        organization(on_drift=on_drift, guardrails={"cooldown": "0s"} | guardrails),
    )
    watched.policies, policies = policy_set(policy(threshold())), watched.policies
    watched.check()
    watched.policies = policies
    return watched


def moved(watched: Watching, to: int | None = 12_000, **seen: Fields) -> Decision:
    watched.limit = limit(to)
    return watched.check(**seen)


def log(watched: Watching, *actors: str) -> Sequence[ProviderAuditEntry]:
    """Give a log in which these moved the limit, a minute ago each."""
    return tuple(entry(watched.now + 4 * MINUTE, each) for each in actors)


def with_state(watched: Watching, **changes: Fields) -> Memory:
    return replace(watched.memory, state=replace(watched.memory.state, **changes))


def sentences(watched: Watching, kind: EventKind) -> list[str]:
    return [
        told.event.detail
        for told in watched.all_told
        if told.event.kind is kind and told.event.threshold_id == OUTSIDE
    ]


def actions(decision: Decision) -> set[AuditAction]:
    return {each.action for each in decision.facts}


def reverts(watched: Watching) -> list[str]:
    return [
        f"{each.state}{f': {each.reason}' if each.reason else ''}"
        for each in watched.memory.changes
        if each.kind is ChangeKind.REVERT
    ]


def skips_told(watched: Watching) -> list[str]:
    return [
        told.event.detail
        for told in watched.all_told
        if told.event.kind is EventKind.LIMIT_CHANGE_SKIPPED
    ]
