"""No further than approved: what an approval makes of an effect worked out anew."""

from dataclasses import replace
from decimal import Decimal

from service.domain.limit_change import SkipReason
from service.domain.limit_ground import Ground, Move, Permit, Wanted
from service.domain.money import whole_up


def within_permit(
    wanted: Wanted, verdict: Move | SkipReason, ground: Ground
) -> Move | SkipReason:
    """Bound a move by what was approved: neither higher, nor lower, nor the other way.

    All rules were asked before; a bound that none of them allows stops the change.
    """
    permit = wanted.permit
    if permit is None or isinstance(verdict, SkipReason):
        return verdict
    if permit.is_spent:
        return SkipReason.NO_CHANGE
    if verdict.is_lowering is not permit.is_lowering:
        return SkipReason.GUARDRAIL
    nearer = max if permit.is_lowering else min
    target = nearer(verdict.target, permit.target)
    if not _moves(target, ground, permit):
        return SkipReason.NO_CHANGE
    lowest = whole_up(ground.guardrails.min_limit or Decimal(0))
    if target < lowest or any(target > each for each in ground.ceilings):
        return SkipReason.GUARDRAIL
    return replace(verdict, target=target)


def _moves(target: Decimal, ground: Ground, permit: Permit) -> bool:
    limit = ground.limit
    if limit is None or limit.amount is None:
        return True
    observed = limit.amount.amount
    return target < observed if permit.is_lowering else target > observed


def permitted_ceiling(wanted: Wanted, ceiling: Decimal) -> Decimal:
    """Give where a cap holds the limit: never below what was approved."""
    if wanted.permit is None:
        return ceiling
    return max(ceiling, wanted.permit.target)
