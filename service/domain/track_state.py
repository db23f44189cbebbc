"""What is remembered of a limit that follows: whether it holds, since when and why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class HoldReason(StrEnum):
    """Why tracking holds."""

    PACE = "pace"  # spend left its usual pace
    LIMIT_REACHED = "limit_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Tracking stands still until a person releases it.

    `fastest` is the most that three hours cost since just before it began, `limit` what
    was last seen.
    """

    since: datetime
    why: HoldReason
    fastest: Decimal
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A person said that what was seen is healthy; `pace` is that, over three hours.

    `limit` is where the limit stood then: that it is reached is no news any more.
    """

    at: datetime
    pace: Decimal
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackState:
    """What is remembered of a limit that follows.

    `skips` are the reasons for which the move that is wanted now was recorded as
    skipped.
    """

    hold: Hold | None = None
    release: Release | None = None
    skips: tuple[str, ...] = ()

    def released(self, now: datetime) -> "TrackState":
        """Give the state after a person released it; as it is where nothing held."""
        if self.hold is None:
            return self
        hold = self.hold
        return TrackState(release=Release(at=now, pace=hold.fastest, limit=hold.limit))
