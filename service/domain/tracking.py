"""The limit that follows, at a check: who asks for it, what is seen and wanted."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from service.domain.alert import AlertKind
from service.domain.case import Case
from service.domain.health import Condition
from service.domain.healthy import healthy_of
from service.domain.limit_ground import Pursuit
from service.domain.policy import Mode, Policy, Severity, Track
from service.domain.policy_set import PolicySet
from service.domain.state import OrganizationState
from service.domain.track import LOOK_BACK, WINDOW, Seen, Terms, held, target_of
from service.domain.track_state import HoldReason, TrackState
from service.domain.usage import Failure, FigureState

# The first check of a window may be late by so much.
_LATE = timedelta(minutes=30)
_ZERO = Decimal(0)
_WHAT_TO_DO = (
    "nothing moves the limit until a person says that the spend is healthy:"
    " `spendguard limit release`, or POST /api/v1/spend-limit/release"
)


def tracking_policy(policies: PolicySet, organization: str) -> Policy | None:
    """Give the policy of an organization whose limit follows, None without one."""
    asking = (each for each in policies.of(organization) if each.track is not None)
    return next(asking, None)


def follow_spend(
    case: Case, state: OrganizationState
) -> tuple[OrganizationState, Pursuit | None]:
    """Look whether tracking holds, and where it wants the limit.

    Where nobody asks for it, or the policy only observes, nothing holds. While a figure
    is in doubt no hold begins.
    """
    policy = tracking_policy(case.policies, case.organization.name)
    if policy is None or policy.track is None:
        return replace(state, track=TrackState()), None
    is_enforced = policy.mode is Mode.ENFORCE
    if not is_enforced:
        state = replace(state, track=TrackState(skips=state.track.skips))
    seen = _seen(case, state, policy)
    if seen is None:
        return state, None
    track = state.track
    if is_enforced and case.book.total.state is FigureState.KNOWN:
        track = held(track, seen)
    target = target_of(_terms(policy, policy.track), track, seen)
    if target is None:
        return replace(state, track=replace(track, skips=())), None
    pursuit = Pursuit(policy_id=policy.id, mode=policy.mode, target=target)
    # What holds has no target, and what does not is as it was.
    return state, pursuit


def held_condition(state: OrganizationState) -> Condition:
    """Tell whether tracking holds, and what to do about it."""
    hold = state.track.hold
    reached = hold is not None and hold.why is HoldReason.LIMIT_REACHED
    why = "the limit is reached" if reached else "spend left its usual pace"
    return Condition(
        kind=AlertKind.TRACKING_HELD,
        is_on=hold is not None,
        severity=Severity.CRITICAL,
        reason=f"the limit follows no more, for {why}; {_WHAT_TO_DO}",
    )


def _terms(policy: Policy, track: Track) -> Terms:
    amount_of = policy.budget.amount_of
    return Terms(
        headroom=track.headroom,
        floor=_ZERO if track.floor is None else amount_of(track.floor),
        ceiling=None if track.ceiling is None else amount_of(track.ceiling),
    )


def _seen(case: Case, state: OrganizationState, policy: Policy) -> Seen | None:
    """Give what is known; None where too little is to move anything."""
    book, figure = case.book, case.book.total
    days = book.days(book.whole)
    if book.observed is None or isinstance(days, Failure):
        return None
    if figure.amount is None or figure.upper is None:
        return None
    limit = book.observed.amount
    length = (book.month.end - book.month.start).days
    return Seen(
        now=case.now,
        spend=figure.upper,
        limit=None if limit is None else limit.amount,
        window=_spent(case, state, figure.amount, WINDOW),
        day=_spent(case, state, figure.amount, LOOK_BACK),
        healthy=healthy_of(days, policy.budget.amount / length, case.now),
    )


def _spent(
    case: Case, state: OrganizationState, spend: Decimal, length: timedelta
) -> Decimal | None:
    """Give what was spent over a time, None where no check saw its beginning."""
    since = case.now - length
    for seen in case.memory.observations:
        if seen.spend is None or seen.at < since:
            continue
        if seen.at - since > _LATE:
            return None
        before = _ZERO
        if seen.at < case.book.month.start:
            if state.final_total is None:
                return None
            before = state.final_total
        return max(spend + before - seen.spend, _ZERO)
    return None
