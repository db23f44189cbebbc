"""Putting back a limit that somebody moved outside, within what binds every change."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from service.domain.drift import may_revert
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.limit_ground import Ground, Move
from service.domain.limit_rules import blocked
from service.domain.money import whole_down, whole_up
from service.domain.state import OrganizationState
from service.domain.usage import FigureState


def wants_revert(ground: Ground) -> bool:
    """Say whether an open drift is to be put back by itself: once a day (§5)."""
    drift = ground.state.drift
    return (
        drift is not None
        and ground.organization.on_drift is OnDrift.REVERT
        and may_revert(drift, ground.changes, ground.now)
    )


def revert_move(ground: Ground, caps: Iterable[Decimal]) -> Move | SkipReason:
    """Put the limit back where it was: not below the spend, within the ceilings.

    What a person chose before is no obstacle where that is what comes back.
    """
    drift, state = ground.state.drift, ground.state
    chosen = state.override
    if drift is not None and chosen is not None and chosen.limit == drift.before:
        ground = replace(ground, state=replace(state, override=None))
    reason = blocked(ground)
    if reason is not None:
        return reason
    if drift is None or drift.before.amount is None or ground.limit is None:
        return SkipReason.NO_CHANGE
    exact = drift.before.amount.amount
    observed = ground.limit.amount
    is_lowering = observed is None or exact < observed.amount
    if not is_lowering and ground.figure.state is not FigureState.KNOWN:
        return SkipReason.DOUBTFUL_DATA
    bounds = (*ground.ceilings, *(() if is_lowering else caps))
    lowest = (ground.guardrails.min_limit, ground.figure.upper)
    floor = max(each or Decimal(0) for each in lowest)
    target = max(whole_down(min((exact, *bounds))), whole_up(floor))
    is_turned = observed is not None and (
        target >= observed.amount if is_lowering else target <= observed.amount
    )
    if is_turned or any(target > bound for bound in bounds):
        return SkipReason.GUARDRAIL
    return Move(
        kind=ChangeKind.REVERT, target=target, exact=exact, is_lowering=is_lowering
    )


def with_revert_skip(state: OrganizationState, reason: SkipReason) -> OrganizationState:
    """Remember that putting it back was recorded as skipped for this reason."""
    drift = state.drift
    if drift is None:
        return state
    skips = (*drift.skips, reason.value)
    return replace(state, drift=replace(drift, skips=skips))
