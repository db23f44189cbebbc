"""From firing alerts to wanted limit changes, and what is remembered of skips."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from service.domain.alert import Alert
from service.domain.briefing import burn_rate_of
from service.domain.case import Case
from service.domain.effect import RaiseLimit
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    SkipReason,
)
from service.domain.limit_ground import Ground, Pursuit, Wanted
from service.domain.limit_plan import Plan, Skip
from service.domain.revert import with_revert_skip
from service.domain.settlement import Settlement
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved

# Once its change was made, an effect that finds nothing left to do is no news.
_QUIET_WHEN_DONE = frozenset(
    {SkipReason.NO_CHANGE, SkipReason.GUARDRAIL, SkipReason.COOLDOWN}
)


def ground_of(
    case: Case,
    settlement: Settlement,
    state: OrganizationState,
    planned: Iterable[LimitChange] = (),
    pursuit: Pursuit | None = None,
) -> Ground:
    """Give what the rules of a limit change look at, earlier changes settled.

    `planned` are the changes that follow from those; `pursuit` is where a limit that
    follows is to go.
    """
    return Ground(
        organization=case.organization,
        book=case.book,
        state=state,
        changes=(*settlement.updated(case.memory.changes), *planned),
        is_paused=case.memory.is_paused,
        ceiling=case.memory.ceiling,
        now=case.now,
        check_id=case.check_id,
        burn_rate=burn_rate_of(case),
        pursuit=pursuit,
    )


def with_effects_done(
    moved: Iterable[Moved], settled: Iterable[LimitChange]
) -> tuple[Moved, ...]:
    """Mark the firings whose change is now known to have come into force."""
    applied = {
        change.alert_id for change in settled if change.state is ChangeState.APPLIED
    }
    return tuple(
        _with_alert(each, replace(each.step.alert, effect_done=True))
        if each.step.alert is not None and each.step.alert.id in applied
        else each
        for each in moved
    )


def _with_alert(moved: Moved, alert: Alert) -> Moved:
    return replace(moved, step=replace(moved.step, alert=alert))


def wanted_of(moved: Iterable[Moved]) -> Iterator[Wanted]:
    """Give what firing thresholds ask for: a raise once, a cap or set all the while."""
    for each in moved:
        alert, policy, threshold = each.step.alert, each.policy, each.threshold
        if alert is None or policy is None or threshold is None:
            continue
        if not alert.is_open or threshold.then is None:
            continue
        effect = threshold.then.effect
        if isinstance(effect, RaiseLimit) and alert.effect_done:
            continue
        yield Wanted(
            alert=alert,
            policy=policy,
            threshold=threshold,
            effect=effect,
            is_by_bound=each.is_by_bound,
        )


def firing_of(moved: Iterable[Moved], known: Iterable[Alert] = ()) -> frozenset[str]:
    """Give the ids of the alerts that fire now; `known` as they were before."""
    before = {each.id: each for each in known}
    now = {each.step.alert.id: each.step.alert for each in moved if each.step.alert}
    return frozenset(key for key, alert in (before | now).items() if alert.is_open)


def last_caps(case: Case) -> tuple[Alert, ...]:
    """Give the alerts of earlier periods whose caps came into force."""
    capped = {
        (change.policy_id, change.threshold_id, change.period)
        for change in case.memory.changes
        if change.kind is ChangeKind.CAP
        and change.state is ChangeState.APPLIED
        and change.period != case.book.month.key
    }
    # By identity, for only the newest firing of an identity is remembered.
    return tuple(
        alert
        for key, alert in case.memory.alerts.items()
        if (key.policy_id, key.threshold_id, key.period) in capped
    )


def new_skips(plan: Plan, state: OrganizationState) -> tuple[Skip, ...]:
    """Give the skips not yet recorded: each once per firing and reason (§7)."""
    return tuple(skip for skip in plan.skips if _is_new(skip, state))


def _is_new(skip: Skip, state: OrganizationState) -> bool:
    if skip.is_revert:
        return state.drift is None or skip.reason.value not in state.drift.skips
    if skip.is_track:
        return skip.reason.value not in state.track.skips
    if skip.wanted is None:
        return skip.reason.value not in state.baseline_skips
    alert = skip.wanted.alert
    if alert.effect_done and skip.reason in _QUIET_WHEN_DONE:
        return False
    return skip.reason.value not in alert.skips


def with_skips(
    moved: Sequence[Moved], state: OrganizationState, skips: Iterable[Skip]
) -> tuple[tuple[Moved, ...], OrganizationState]:
    """Remember which skips were recorded."""
    by_alert: dict[str, tuple[str, ...]] = {}
    for skip in skips:
        if skip.is_revert:
            state = with_revert_skip(state, skip.reason)
        elif skip.is_track:
            skipped = (*state.track.skips, skip.reason.value)
            state = replace(state, track=replace(state.track, skips=skipped))
        elif skip.wanted is None:
            state = _with_baseline_skip(state, skip.reason)
        else:
            alert = skip.wanted.alert
            by_alert[alert.id] = (*alert.skips, skip.reason.value)
    marked = tuple(
        _with_alert(each, replace(each.step.alert, skips=by_alert[each.step.alert.id]))
        if each.step.alert is not None and each.step.alert.id in by_alert
        else each
        for each in moved
    )
    return marked, state


def _with_baseline_skip(
    state: OrganizationState, reason: SkipReason
) -> OrganizationState:
    # A limit that already stands at the baseline wants nothing any more.
    is_wanted = reason is not SkipReason.NO_CHANGE
    return replace(
        state,
        wants_baseline=is_wanted,
        baseline_skips=(*state.baseline_skips, reason.value),
    )
