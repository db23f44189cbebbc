"""A limit that follows and holds, on the wire."""

from datetime import datetime

from service.api.bodies.base import Body, example
from service.domain.track_state import Hold, HoldReason
from service.pipeline.release import Released


class HoldBody(Body):
    """Since when tracking holds, and why; it ends when a person releases it."""

    model_config = example(since="2026-08-20T12:00:00Z", reason="pace")

    since: datetime
    reason: HoldReason


class ReleasedBody(Body):
    """A hold that a person ended."""

    model_config = example(
        organization="acme",
        held_since="2026-08-20T12:00:00Z",
        reason="pace",
        by="key:oncall",
        at="2026-08-20T14:10:00Z",
    )

    organization: str
    held_since: datetime
    reason: HoldReason
    by: str
    at: datetime


def hold_body(hold: Hold | None) -> HoldBody | None:
    """Give a hold; None stays None."""
    return None if hold is None else HoldBody(since=hold.since, reason=hold.why)


def released_body(released: Released) -> ReleasedBody:
    """Give a hold that was ended."""
    return ReleasedBody(
        organization=released.organization,
        held_since=released.hold.since,
        reason=released.hold.why,
        by=released.by,
        at=released.at,
    )
