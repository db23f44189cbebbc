"""What one wanted effect comes to: a limit in whole units, or the reason why not.

Guardrails bound every automatic change, doubt stops what must not rest on it, and a
clamp never turns a change round (§5).
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from service.domain.effect import CapLimit, RaiseLimit, SetLimit
from service.domain.limit_change import (
    ChangeKind,
    LimitChange,
    SkipReason,
    is_raise,
)
from service.domain.limit_ground import Ground, Move, Wanted
from service.domain.money import whole_down, whole_up
from service.domain.policy import Budget
from service.domain.quantity import SpendPlus
from service.domain.usage import Figure, FigureState

# A cap answers danger, so only a flutter of the same minute is held back.
CAP_COOLDOWN = timedelta(minutes=1)
_DAY = timedelta(days=1)


def blocked(ground: Ground) -> SkipReason | None:
    """Say why no automatic change at all may be made now, None if one may."""
    state = ground.state
    override = state.override
    reasons = (
        (ground.is_paused, SkipReason.PAUSED),
        (state.is_circuit_open, SkipReason.CIRCUIT_OPEN),
        (ground.limit is None, SkipReason.DOUBTFUL_DATA),
        (ground.figure.amount is None, SkipReason.DOUBTFUL_DATA),
        (
            any(change.is_unsettled for change in ground.changes),
            SkipReason.DOUBTFUL_DATA,
        ),
        (
            override is not None
            and ground.now < override.until
            and _overruled(ground) is None,
            SkipReason.OVERRIDDEN,
        ),
        (
            state.retry_at is not None and ground.now < state.retry_at,
            SkipReason.COOLDOWN,
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _overruled(ground: Ground) -> Decimal | None:
    """Give what a person chose here where somebody outside put the limit above it."""
    drift, override = ground.state.drift, ground.state.override
    if drift is None or override is None or ground.now >= override.until:
        return None
    chosen = override.limit
    if chosen.amount is None or chosen != drift.before:
        return None
    return chosen.amount.amount if is_raise(chosen, drift.observed) else None


def held_by_drift(ground: Ground) -> SkipReason | None:
    """Say whether what loosens or restores waits for a person's word on a drift."""
    return None if ground.state.drift is None else SkipReason.DRIFT


def resolve_effect(
    wanted: Wanted, ground: Ground, caps: Iterable[Decimal]
) -> Move | SkipReason:
    """Work out one effect, whatever the policy's mode.

    `caps` are where active caps hold, which bounds raises.
    """
    reason = blocked(ground)
    if reason is not None:
        return reason
    # The dearest price there is may tell people, and never moves the limit (§4.3).
    if wanted.is_by_bound:
        return SkipReason.DOUBTFUL_DATA
    effect = wanted.effect
    match effect:
        case CapLimit():
            exact = cap_target(effect, wanted.policy.budget, ground.figure)
            below = effect.below_spend
            return lower(ground, exact, ChangeKind.CAP, below_spend=below)
        case RaiseLimit():
            return _raise_move(wanted, effect, ground, caps)
        case SetLimit():
            return _set_move(wanted, effect, ground, caps)
        case _:
            assert_never(effect)


def cap_target(effect: CapLimit, budget: Budget, figure: Figure) -> Decimal:
    """Give what a cap asks for, before any clamp; percent is of the budget."""
    if isinstance(effect.to, SpendPlus):
        return (figure.upper or Decimal(0)) + budget.amount_of(effect.to.margin)
    return budget.amount_of(effect.to)


def cap_ceiling(wanted: Wanted, effect: CapLimit, ground: Ground) -> Decimal:
    """Give where a firing cap holds the limit, which no raise may pass."""
    exact = whole_down(cap_target(effect, wanted.policy.budget, ground.figure))
    if effect.below_spend:
        return exact
    return max(exact, whole_up(ground.figure.upper or Decimal(0)))


def lower(
    ground: Ground, exact: Decimal, kind: ChangeKind, *, below_spend: bool = False
) -> Move | SkipReason:
    """Lower the limit, never below the spend unless the effect says so (F19)."""
    # Above a person's choice, down to it and no further.
    exact = max(exact, _overruled(ground) or Decimal(0))
    spend = ground.figure.upper or Decimal(0)
    target = whole_down(min((exact, *ground.ceilings)))
    if below_spend:
        if ground.figure.state is not FigureState.KNOWN and target < spend:
            return SkipReason.DOUBTFUL_DATA
    else:
        target = max(target, whole_up(spend))
    target = max(target, whole_up(ground.guardrails.min_limit or Decimal(0)))
    limit = ground.limit
    if limit is not None and limit.amount is not None:
        observed = limit.amount.amount
        if target == observed or whole_down(exact) >= observed:
            return SkipReason.NO_CHANGE
        if target > observed:
            return SkipReason.GUARDRAIL
    # What the spend or min_limit asks for may be more than a ceiling allows anybody.
    if any(target > ceiling for ceiling in ground.ceilings):
        return SkipReason.GUARDRAIL
    caps = ground.applied(ChangeKind.CAP, kind)
    ages = [ground.now - (each.settled_at or each.planned_at) for each in caps]
    # A cap of the future is no flutter: the clock was set back since.
    if any(timedelta(0) <= age < CAP_COOLDOWN for age in ages):
        return SkipReason.COOLDOWN
    return Move(kind=kind, target=target, exact=exact, is_lowering=True)


def _raise_move(
    wanted: Wanted, effect: RaiseLimit, ground: Ground, caps: Iterable[Decimal]
) -> Move | SkipReason:
    limit = ground.limit
    if limit is None or limit.amount is None:
        return SkipReason.NO_CHANGE
    budget = wanted.policy.budget
    exact = limit.amount.amount + budget.amount_of(effect.by)
    bounds = list(caps)
    if effect.up_to is not None:
        bounds.append(budget.amount_of(effect.up_to))
    own = applied_by(wanted, ground)
    if effect.times_per_period is not None and len(own) >= effect.times_per_period:
        return SkipReason.GUARDRAIL
    if _is_recent(own, effect.cooldown or timedelta(0), ground):
        return SkipReason.COOLDOWN
    observed = limit.amount.amount
    return raise_to(ground, observed, exact, bounds, ChangeKind.RAISE)


def raise_to(
    ground: Ground,
    observed: Decimal,
    exact: Decimal,
    bounds: Iterable[Decimal],
    kind: ChangeKind,
) -> Move | SkipReason:
    """Raise the limit within bounds, guardrails and ceilings; never on doubt (F14)."""
    held = held_by_drift(ground)
    if held is not None:
        return held
    if ground.figure.state is not FigureState.KNOWN:
        return SkipReason.DOUBTFUL_DATA
    guardrails = ground.guardrails
    raises = ground.applied_raises()
    today = [each for each in raises if _age(each, ground) < _DAY]
    if len(today) >= guardrails.max_changes_per_day:
        return SkipReason.GUARDRAIL
    if _is_recent(raises, guardrails.cooldown, ground):
        return SkipReason.COOLDOWN
    ceilings = [*bounds, *ground.ceilings, *sum_bound(ground)]
    lowest = whole_up(guardrails.min_limit or Decimal(0))
    target = max(whole_up(exact), lowest)
    if ceilings:
        target = min(target, whole_down(min(ceilings)))
    if target <= observed or target < lowest:
        return SkipReason.GUARDRAIL
    return Move(kind=kind, target=target, exact=exact, is_lowering=False)


def sum_bound(ground: Ground) -> tuple[Decimal, ...]:
    """Give the highest limit that the sum of a period's raises allows (F14)."""
    start, most = ground.state.limit_at_start, ground.guardrails.max_raise_per_period
    if start is None or start.amount is None or most is None:
        return ()
    return (start.amount.amount + most,)


def _set_move(
    wanted: Wanted, effect: SetLimit, ground: Ground, caps: Iterable[Decimal]
) -> Move | SkipReason:
    exact = wanted.policy.budget.amount_of(effect.to)
    limit = ground.limit
    if limit is None or limit.amount is None:
        return lower(ground, exact, ChangeKind.SET)
    # A fraction is rounded one way going up and the other way coming down.
    if whole_down(exact) <= limit.amount.amount <= whole_up(exact):
        return SkipReason.NO_CHANGE
    if exact < limit.amount.amount:
        return lower(ground, exact, ChangeKind.SET)
    return raise_to(ground, limit.amount.amount, exact, caps, ChangeKind.SET)


def applied_by(wanted: Wanted, ground: Ground) -> tuple[LimitChange, ...]:
    """Give the raises of this month that the same threshold brought into force."""
    return tuple(
        change
        for change in ground.applied(ChangeKind.RAISE)
        if change.policy_id == wanted.policy.id
        and change.threshold_id == wanted.threshold.id
        and change.period == ground.book.month.key
    )


def _age(change: LimitChange, ground: Ground) -> timedelta:
    """Give how long ago a change ended.

    One of the future, made before the clock was set back, counts as made then.
    """
    at = change.settled_at or change.planned_at
    if at > ground.now:
        at = min(at, ground.state.clock_set_back_at or ground.now)
    return ground.now - at


def _is_recent(
    changes: Iterable[LimitChange], cooldown: timedelta, ground: Ground
) -> bool:
    return any(_age(change, ground) < cooldown for change in changes)
