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


def revert_move(ground: Ground, caps: Iterable[Decimal]) -> Move | SkipReason | None:
    """Put the limit back where it was: not below the spend, within the ceilings.

    None where that is not wanted: it is done once a day, and never to no limit at all.
    What a person chose before is no obstacle where that is what comes back.
    """
    drift, state = ground.state.drift, ground.state
    is_wanted = ground.organization.on_drift is OnDrift.REVERT
    if drift is None or drift.before.amount is None or not is_wanted:
        return None
    if not may_revert(drift, ground.changes, ground.now):
        return None
    if state.override is not None and state.override.limit == drift.before:
        ground = replace(ground, state=replace(state, override=None))
    reason = blocked(ground)
    return reason or _move(ground, drift.before.amount.amount, caps)


def _move(ground: Ground, exact: Decimal, caps: Iterable[Decimal]) -> Move | SkipReason:
    observed = None if ground.limit is None else ground.limit.amount
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
    skips = () if drift is None else (*drift.skips, reason.value)
    return replace(state, drift=None if drift is None else replace(drift, skips=skips))
