"""The limit that follows healthy spend: where it belongs, when it moves, when it holds.

A runaway can burn no more than what is left below the limit, so that is kept to what
healthy spend needs for the headroom and a margin. It is filled up only when most of it
is used, and lowered only when it is far too much, so that few changes are enough. When
spend leaves its usual pace, or the limit is reached, nothing moves until a person says
so: filling up would feed a runaway.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeGuard

from service.domain.healthy import Healthy
from service.domain.track_state import Hold, HoldReason, Release, TrackState

WINDOW = timedelta(hours=3)
LOOK_BACK = timedelta(hours=24)
# What was seen when a person released it is usual for so long.
_CALM = timedelta(hours=24)
# On top of what is expected: half of all days cost more than expected.
MARGIN = Decimal("1.2")
# Filled up when less is left than this share of what there should be; after a release
# sooner, for what was lively once is so again.
_REFILL = Decimal("0.27")
_REFILL_RELEASED = Decimal("0.5")
# Lowered when more is left than so many times what there should be.
_TOO_MUCH = Decimal("1.8")
# A lively day is believed up to this.
LIVELIEST = Decimal(2)
# Three hours that cost what half a day does: no rush hour of a healthy day does that.
FASTEST = Decimal(4)
# Past a pace that a person called healthy.
_FASTER = Decimal("1.25")
_ZERO = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How far the limit may be from the spend: a time, and amounts it stays between."""

    headroom: timedelta
    floor: Decimal = _ZERO
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known now, in the organization's currency.

    `limit` is None where there is none. `window` is what the last three hours cost and
    `day` the last 24, None where that was not observed.
    """

    now: datetime
    spend: Decimal
    limit: Decimal | None
    window: Decimal | None
    day: Decimal | None
    healthy: Healthy


def held(state: TrackState, seen: Seen) -> TrackState:
    """Give the state after a look: whether it holds from now on. It ends no hold."""
    window = seen.window or _ZERO
    if state.hold is not None:
        fastest = max(state.hold.fastest, window)
        hold = replace(state.hold, fastest=fastest, limit=seen.limit)
        return replace(state, hold=hold)
    why = _reason(state, seen)
    if why is None:
        return state
    hold = Hold(since=seen.now, why=why, fastest=window, limit=seen.limit)
    return replace(state, hold=hold)


def _reason(state: TrackState, seen: Seen) -> HoldReason | None:
    release = state.release
    is_answered = _is_calm(release, seen.now) and release.limit == seen.limit
    is_reached = seen.limit is not None and seen.spend >= seen.limit
    if is_reached and not is_answered:
        return HoldReason.LIMIT_REACHED
    if seen.window is not None and seen.window > fastest_allowed(state, seen):
        return HoldReason.PACE
    return None


def fastest_allowed(state: TrackState, seen: Seen) -> Decimal:
    """Give the most that three hours may cost before tracking holds."""
    most = FASTEST * seen.healthy.between(seen.now - WINDOW, seen.now)
    release = state.release
    return max(most, _FASTER * release.pace) if _is_calm(release, seen.now) else most


def target_of(terms: Terms, state: TrackState, seen: Seen) -> Decimal | None:
    """Give where the limit is to be moved to, exactly; None where it may stay."""
    if state.hold is not None:
        return None
    room = room_of(terms, seen)
    target = max(seen.spend + room, terms.floor)
    if terms.ceiling is not None:
        target = min(target, terms.ceiling)
    if seen.limit is None:
        return target
    share = _REFILL_RELEASED if _is_calm(state.release, seen.now) else _REFILL
    if seen.limit - seen.spend < room * share and target > seen.limit:
        return target
    if seen.limit - target > room * (_TOO_MUCH - _ONE):
        return target
    return None


def room_of(terms: Terms, seen: Seen) -> Decimal:
    """Give what is to be left below the limit: what healthy spend needs, and a margin.

    For the headroom, as lively as the last 24 hours were, at most twice the usual.
    """
    room = seen.healthy.between(seen.now, seen.now + terms.headroom) * MARGIN
    usual = seen.healthy.between(seen.now - LOOK_BACK, seen.now)
    if seen.day is None or not usual:
        return room
    return room * min(max(seen.day / usual, _ONE), LIVELIEST)


def _is_calm(release: Release | None, now: datetime) -> TypeGuard[Release]:
    """Say whether what a person called healthy still counts."""
    return release is not None and now - release.at < _CALM
