"""Acme under a limit that follows: a hundred euros a day are usual."""

from dataclasses import replace
from datetime import timedelta

from service.domain.decision import Decision
from service.domain.track_state import HoldReason
from service.domain.usage import SpendLimit, UsageSnapshot
from tests.builders import (
    MINUTE,
    NOON,
    Fields,
    cents_row,
    limit,
    organization,
    policy,
    policy_set,
    reading,
    report,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.daily import DAY, past
from tests.unit.domain.watching import Watching

SUMMER = past(("2026-06", 100), ("2026-07", 100))
TRACK = {"headroom": "2d"}


def month(spend: int = 1950, more: int = 0) -> UsageSnapshot:
    """Give August with a hundred on each whole day, and the rest of it today."""
    rows = [
        cents_row(100, day=(NOON.replace(day=1) + DAY * index).date())
        for index in range(19)
    ]
    today = cents_row(spend + more - 1900, day=NOON.date())
    return snapshot(spend + more, usage=report(*rows, today))


def tracking(
    *thresholds: Fields,
    guardrails: Fields | None = None,
    of: int | None = 2000,
    **written: Fields,
) -> Watching:
    """Watch acme, of which a hundred a day is usual, under so high a limit."""
    followed = policy(
        *(threshold(**each) for each in thresholds), track=TRACK, **written
    )
    found = Watching(
        policy_set(followed), organization(guardrails=guardrails or {}), start=NOON
    )
    found.limit = SpendLimit(None) if of is None else limit(of)
    known = state(reference=found.limit, limit_at_start=found.limit)
    found.memory = replace(found.memory, history=SUMMER, state=known)
    return found


def look(
    watched: Watching, spend: int = 1950, after: timedelta = MINUTE, **changes: Fields
) -> Decision:
    watched.now += after
    seen = month(spend)
    limits = reading(spend, None)
    limits = replace(limits, limit=watched.limit)
    seen = replace(seen, captured_at=watched.now, limit=limits)
    return watched.see(replace(seen, **changes))


def hold_of(watched: Watching) -> HoldReason | None:
    hold = watched.memory.state.track.hold
    return None if hold is None else hold.why
