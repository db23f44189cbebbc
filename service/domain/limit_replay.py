"""Where the limit would stand without the raises that have ended.

Raises that end may lie upon each other, and upon caps and sets: each takes back its own
step and no more, whichever ends first.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.state import OrganizationState
from service.domain.usage import SpendLimit

_UNLIMITED = Decimal("Infinity")


def without_ended(
    changes: Iterable[LimitChange], state: OrganizationState, now: datetime
) -> Decimal | None:
    """Give where the limit would stand, had the raises that ended never been made.

    Every applied change is made again without them: other raises add their step, a cap
    lowers, a limit that was set stands; what was put back counts as never moved. Starts
    at what a person chose last. None where no change is known.
    """
    since = None if state.override is None else state.override.set_at
    standing, last = None, None
    for change in _in_order(changes):
        if since is not None and change.settled_at and change.settled_at <= since:
            continue
        if standing is not None and change.kind is ChangeKind.REVERT:
            last = change.after
            continue
        # Where it did not go on from what we left, somebody else moved it.
        if standing is None or change.before != last:
            standing = _amount(change.before)
        standing, last = _made_again(standing, change, now), change.after
    return standing


def _in_order(changes: Iterable[LimitChange]) -> list[LimitChange]:
    applied = (each for each in changes if each.state is ChangeState.APPLIED)
    return sorted(applied, key=lambda each: each.settled_at or each.planned_at)


def _made_again(standing: Decimal, change: LimitChange, now: datetime) -> Decimal:
    match change.kind:
        case ChangeKind.RAISE:
            has_ended = change.expires_at is not None and change.expires_at <= now
            step = _amount(change.after) - _amount(change.before)
            return standing if has_ended else standing + step
        case ChangeKind.CAP:
            return min(standing, _amount(change.after))
        case ChangeKind.EXPIRY:
            return standing
        case _:
            return _amount(change.after)


def _amount(limit: SpendLimit | None) -> Decimal:
    if limit is None or limit.amount is None:
        return _UNLIMITED
    return limit.amount.amount
