"""What follows from a limit change that ended: memory, alerts, events, entries."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain import health
from service.domain.alert import Alert, AlertKey
from service.domain.alerting import advance
from service.domain.attribution import LimitLog
from service.domain.audit import Fact
from service.domain.check import Check, Outcome
from service.domain.crossing import limit_crossing
from service.domain.decision import Decision, Told
from service.domain.drift import Followed, Terms, follow
from service.domain.drift_moves import drift_facts, drift_moves
from service.domain.events import tell_change
from service.domain.guard import OnDrift
from service.domain.health_moves import condition_moves
from service.domain.limit_change import ChangeState, FailReason, LimitChange
from service.domain.limit_expiry import end_remembered, follow_up
from service.domain.recording import change_fact, step_facts
from service.domain.settlement import Settlement, remember
from service.domain.state import OrganizationState
from service.domain.telling import circuit_opened, tell_moved
from service.domain.thresholds import Moved, key_in
from service.domain.usage import Failure, LimitReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A change with its end, and what the last read of the limit said.

    `alerts` holds the newest firing per identity; `decision` is None for what a person
    did, outside of any check. `changes` and `log`, what the provider's audit log says,
    matter only where somebody else's limit overtook the change.
    """

    change: LimitChange
    reading: LimitReading | Failure
    state: OrganizationState
    alerts: Mapping[AlertKey, Alert]
    decision: Decision | None
    default_channels: tuple[str, ...]
    period_end: datetime
    now: datetime
    actor: str
    on_drift: OnDrift = OnDrift.ASK
    changes: tuple[LimitChange, ...] = ()
    log: LimitLog = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is to be recorded, in one transaction, when a change has ended.

    `check` is the check as it stands after its change; None for what a person did.
    `planned` is the change that must follow, as the end of a raise.
    """

    state: OrganizationState
    alerts: tuple[Alert, ...]
    told: tuple[Told, ...]
    facts: tuple[Fact, ...]
    check: Check | None
    planned: LimitChange | None = None


def aftermath(ended: Ended) -> Aftermath:
    """Work out all that follows from a change that was carried out, or was not."""
    change = ended.change
    followed = _follow(ended)
    state = followed.state
    planned = follow_up(change, ended.now, ended.period_end)
    state = end_remembered(state, change, planned)
    unknown = health.change_conditions((change,), state)
    alerts, channels, now = ended.alerts, ended.default_channels, ended.now
    moved = (
        *_limit_alerts(ended),
        *condition_moves(unknown, change.organization, alerts, channels, now),
        *drift_moves(followed, alerts, channels, now),
    )
    policies = None if ended.decision is None else ended.decision.policies
    facts = [change_fact(change, ended.now, policies, ended.actor)]
    if planned is not None:
        facts.append(change_fact(planned, ended.now, policies))
    facts.extend(drift_facts(change.organization, followed.news, now, ended.actor))
    if state.is_circuit_open and not ended.state.is_circuit_open:
        facts.append(circuit_opened(change.organization, ended.now, state.failures))
    facts.extend(step_facts((each.step for each in moved), ended.now, policies))
    return Aftermath(
        state=state,
        alerts=_alerts(ended, moved),
        told=(*_told_change(ended), *tell_moved(moved)),
        facts=tuple(facts),
        check=_check(ended, moved),
        planned=planned,
    )


def _follow(ended: Ended) -> Followed:
    """Give the memory after a change, and what it means of a limit moved outside."""
    change = ended.change
    state = remember(ended.state, change, ended.now, ended.period_end)
    # What overtook a change is read; of the others the next check has more to say.
    is_overtaken = change.reason == FailReason.OVERTAKEN
    settlement = Settlement(
        state=state,
        settled=(change,),
        observed=change.observed if is_overtaken else None,
    )
    terms = Terms(
        on_drift=ended.on_drift,
        log=ended.log,
        changes=(*ended.changes, change),
        now=ended.now,
        period_end=ended.period_end,
    )
    return follow(ended.state.drift, settlement, terms)


def _limit_alerts(ended: Ended) -> Iterator[Moved]:
    """Evaluate limit thresholds again on the limit read back (§4.7)."""
    decision, reading = ended.decision, ended.reading
    if decision is None or isinstance(reading, Failure) or reading.limit is None:
        return
    policies, figure = decision.policies, decision.book.total
    for policy in policies.of(decision.organization.name):
        for threshold in policy.thresholds:
            if threshold.limit is None:
                continue
            key = key_in(decision.book, policy, threshold)
            before = ended.alerts.get(key)
            # A crossing that only the new limit brings is the next check's to find.
            if before is None or not before.is_open:
                continue
            crossing = limit_crossing(figure, reading.limit, threshold.limit)
            yield Moved(
                step=advance(before, crossing, threshold, key, ended.now),
                channels=policies.channels_of(threshold),
                policy=policy,
                threshold=threshold,
            )


def _alerts(ended: Ended, moved: Iterable[Moved]) -> tuple[Alert, ...]:
    """Give the alerts to save; the firing that asked has what it wanted if applied."""
    changed = {
        each.step.alert.id: each.step.alert
        for each in moved
        if each.step.alert is not None and each.step.is_changed
    }
    if ended.change.state is ChangeState.APPLIED:
        for alert in ended.alerts.values():
            if alert.id == ended.change.alert_id:
                current = changed.get(alert.id, alert)
                changed[alert.id] = replace(current, effect_done=True)
    return tuple(changed.values())


def _told_change(ended: Ended) -> Iterator[Told]:
    if ended.change.state is ChangeState.SKIPPED:
        return
    own = (
        channel
        for told in (() if ended.decision is None else ended.decision.told)
        if told.event.change_id == ended.change.id
        for channel in told.channels
    )
    channels = tuple(dict.fromkeys((*own, *ended.default_channels)))
    yield tell_change(ended.change, channels)


def _check(ended: Ended, moved: Iterable[Moved]) -> Check | None:
    """Give the check with the limit as read back, and what that made of its alerts."""
    if ended.decision is None:
        return None
    check = ended.decision.check
    resolved = {
        (each.policy.id, each.threshold.id)
        for each in moved
        if each.policy is not None
        and each.threshold is not None
        and each.step.outcome is Outcome.RESOLVED
    }
    decisions = tuple(
        replace(before, outcome=Outcome.RESOLVED, reason="recovered")
        if (before.policy_id, before.threshold_id) in resolved
        else before
        for before in check.decisions
    )
    reading = ended.reading
    limit = check.limit if isinstance(reading, Failure) else reading.limit
    return replace(check, decisions=decisions, limit=limit)
