"""What a changed policy set would do now that the one in force would not.

Both are evaluated on the same snapshot and memory, and only what differs is told: what
goes on anyway is no doing of the change (§8).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.domain.alert import Alert, AlertKey, AlertState
from service.domain.approval import Approval, ApprovalState
from service.domain.decision import Decision, Memory
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.policy_set import PolicySet
from service.domain.policy_words import PolicyChange
from service.domain.usage import Figure, SpendLimit


class AlertMove(StrEnum):
    """What would become of an alert now, because of the change."""

    FIRES = "fires"
    WAITS = "waits"  # crossed; fires once `for:` is over
    RESOLVES = "resolves"  # fires now, and would not be crossed any more
    ENDS = "ends"  # fires now, and nothing would watch it any more
    GOES_ON = "goes_on"  # fires now, and would resolve under the set in force
    SPARED = "spared"  # would fire now under the set in force alone


class LimitMove(StrEnum):
    """What would become of a limit change now, because of the change."""

    MADE = "made"
    ASKED = "asked"  # a person would be asked first
    DROPPED = "dropped"  # would be made under the set in force alone
    WITHDRAWN = "withdrawn"  # a request that waits would have nothing left to ask
    SKIPPED = "skipped"  # wanted, and not made


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAlert:
    """An alert that would move; `channels` would hear of it."""

    move: AlertMove
    alert: Alert
    reason: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLimit:
    """A limit change that would be made or not; `reason` is why not."""

    move: LimitMove
    kind: ChangeKind
    before: SpendLimit | None
    after: SpendLimit | None
    policy_id: str | None
    threshold_id: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPlan:
    """What would happen now in one organization, on the figures of `at`.

    `note` says why nothing can be told, where nothing can; `spend` is None where no
    figure was read at all. Of one that `is_new` nothing is known yet.
    """

    organization: str
    currency: str
    at: datetime | None = None
    spend: Figure | None = None
    limit: SpendLimit | None = None
    alerts: tuple[PlannedAlert, ...] = ()
    limits: tuple[PlannedLimit, ...] = ()
    note: str = ""
    is_new: bool = False

    @property
    def has_effect(self) -> bool:
        """Say whether an alert or the limit would move at once."""
        return any(each.move is not AlertMove.WAITS for each in self.alerts) or any(
            each.move is not LimitMove.SKIPPED for each in self.limits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlan:
    """A changed set against the one in force: what differs, and what would happen.

    `before` is the revision in force, None where none is known. Of a plan without
    figures `organizations` is empty.
    """

    before: str | None
    after: str
    changes: tuple[PolicyChange, ...]
    organizations: tuple[OrganizationPlan, ...] = ()

    @property
    def has_effect(self) -> bool:
        """Say whether an alert or the limit would move at once."""
        return any(each.has_effect for each in self.organizations)


def forgetting_skips(memory: Memory) -> Memory:
    """Give a memory in which no skip was recorded, so that each is told again."""
    return replace(
        memory,
        alerts={key: replace(each, skips=()) for key, each in memory.alerts.items()},
        state=replace(memory.state, baseline_skips=()),
    )


def compare(before: Decision, after: Decision, memory: Memory) -> OrganizationPlan:
    """Tell how two decisions differ that were made on one snapshot and memory."""
    check = after.check
    return OrganizationPlan(
        organization=check.organization,
        currency=check.currency,
        at=after.at,
        spend=check.spend,
        limit=check.limit,
        alerts=tuple(_alerts(before, after, memory.alerts)),
        limits=tuple(_limits(before, after)),
    )


def _alerts(
    before: Decision, after: Decision, known: Mapping[AlertKey, Alert]
) -> Iterator[PlannedAlert]:
    old = {**known, **{each.key: each for each in before.alerts}}
    new = {**known, **{each.key: each for each in after.alerts}}
    for key in sorted(old.keys() | new.keys()):
        was, then = old.get(key), new.get(key)
        move = _move_of(known.get(key), was, then)
        # What is spared is known by what it would have been.
        alert = was if move is AlertMove.SPARED else then
        if move is not None and alert is not None:
            policies = before.policies if alert is was else after.policies
            yield PlannedAlert(
                move=move,
                alert=alert,
                reason=alert.reason,
                channels=_channels(policies, alert),
            )


def _is_open(alert: Alert | None) -> bool:
    return alert is not None and alert.is_open


def _is_pending(alert: Alert | None) -> bool:
    return alert is not None and alert.state is AlertState.PENDING


def _move_of(
    now: Alert | None, was: Alert | None, then: Alert | None
) -> AlertMove | None:
    """Tell what differs: an alert now, after the set in force, after the other one."""
    if _is_open(was) is _is_open(then):
        waits = _is_pending(then) and not _is_pending(was)
        return AlertMove.WAITS if waits else None
    if _is_open(then):
        return AlertMove.GOES_ON if _is_open(now) else AlertMove.FIRES
    if then is None or not _is_open(now):
        return AlertMove.SPARED
    return AlertMove.ENDS if then.reason == "removed" else AlertMove.RESOLVES


def _channels(policies: PolicySet, alert: Alert) -> tuple[str, ...]:
    key = alert.key
    declared = policies.declared(key.policy_id)
    # What a policy watched before it was given another scope is watched by nobody.
    if declared is None or declared.policy.target_key != key.scope:
        return policies.default_channels
    for each in declared.policy.thresholds:
        if each.id == key.threshold_id:
            return policies.channels_of(each)
    return policies.default_channels


def _limits(before: Decision, after: Decision) -> Iterator[PlannedLimit]:
    old, new = set(_made(before)), set(_made(after))
    yield from (each for each in _made(after) if each not in old)
    for each in _made(before):
        if each not in new:
            yield replace(each, move=LimitMove.DROPPED)
    ended = {each.id for each in before.approvals if not each.is_open}
    yield from (
        _withdrawn(each)
        for each in after.approvals
        if each.state is ApprovalState.SUPERSEDED and each.id not in ended
    )
    skipped = set(_skipped(before.skipped))
    yield from (each for each in _skipped(after.skipped) if each not in skipped)


def _made(decision: Decision) -> Iterator[PlannedLimit]:
    if decision.change is not None:
        yield _planned(LimitMove.MADE, decision.change)
    for each in decision.awaiting:
        if each.state is ChangeState.AWAITING_APPROVAL:
            yield _planned(LimitMove.ASKED, each)


def _skipped(changes: Iterable[LimitChange]) -> Iterator[PlannedLimit]:
    for each in changes:
        yield _planned(LimitMove.SKIPPED, each)


def _planned(move: LimitMove, change: LimitChange) -> PlannedLimit:
    return PlannedLimit(
        move=move,
        kind=change.kind,
        before=change.before,
        after=change.after,
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        reason=change.reason,
    )


def _withdrawn(approval: Approval) -> PlannedLimit:
    return PlannedLimit(
        move=LimitMove.WITHDRAWN,
        kind=approval.kind,
        before=approval.before,
        after=approval.after,
        policy_id=approval.policy_id,
        threshold_id=approval.threshold_id,
        reason=approval.ended_reason,
    )
