"""Raises that end, and what was planned for their end."""

from dataclasses import replace

from service.domain.limit_change import LimitChange
from service.domain.limit_expiry import follow_up
from tests.builders import DAY, MINUTE, NOON, Fields, change, limit

MONTH_END = NOON + 12 * DAY


def raised(of: int = 5000, to: int = 6000, **changes: Fields) -> LimitChange:
    """Give a raise that was applied a day ago and ended a minute ago."""
    built = change(
        before=limit(of),
        after=limit(to),
        expires_at=NOON - MINUTE,
        policy_id="acme-monthly",
        threshold_id="near",
        alert_id="al_1",
    )
    return replace(built, **changes)


def end_of(of: LimitChange) -> LimitChange:
    planned = follow_up(of, NOON - DAY, MONTH_END)
    assert planned is not None
    return planned
