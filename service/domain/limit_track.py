"""Where a limit that follows may be moved now, under all that bounds it."""

from collections.abc import Iterable
from decimal import Decimal

from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.limit_ground import Ground, Move, Pursuit
from service.domain.limit_rules import blocked, held_by_drift, lower, raise_to


def track_move(
    ground: Ground, pursuit: Pursuit, caps: Iterable[Decimal]
) -> Move | SkipReason:
    """Move the limit to where it belongs, or say why not.

    Going up it is bound like every automatic raise, and by active caps; coming down it
    ends at or above the spend.
    """
    limit = ground.limit
    reason = blocked(ground) or held_by_drift(ground)
    if reason is not None:
        return reason
    if limit is None or limit.amount is None or pursuit.target < limit.amount.amount:
        return lower(ground, pursuit.target, ChangeKind.TRACK)
    observed = limit.amount.amount
    return raise_to(ground, observed, pursuit.target, caps, ChangeKind.TRACK)
