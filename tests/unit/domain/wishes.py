"""Effects that firing thresholds ask for, in one line each."""

from decimal import Decimal

from service.domain.alert import Alert
from service.domain.limit_ground import Ground, Move, Wanted
from service.domain.limit_rules import (
    resolve_effect,
)
from tests.builders import Fields, alert, policy, threshold


def wanted(then: Fields, alert_of: Alert | None = None, **written: Fields) -> Wanted:
    """Give a wish of threshold `stop`; the rest goes to its policy."""
    asking = threshold(id="stop", spend="100%", then=then)
    owner = policy(asking, **written)
    assert asking.then is not None
    return Wanted(
        alert=alert_of or alert("stop", policy_id=owner.id),
        policy=owner,
        threshold=asking,
        effect=asking.then.effect,
    )


def verdict(wish: Wanted, ground: Ground, *caps: int) -> int | str:
    """Give the limit that would be set, in euros, or the reason why none is."""
    move = resolve_effect(wish, ground, tuple(Decimal(cap) for cap in caps))
    if not isinstance(move, Move):
        return move.value
    assert move.target == move.target.to_integral_value()
    return int(move.target)
