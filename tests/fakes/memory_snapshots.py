"""What checks read, in a database in memory."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from service.domain.usage import UsageSnapshot


class SnapshotTables(Protocol):
    """What of the tables is needed here."""

    snapshots: dict[str, tuple[UsageSnapshot, ...]]


class MemorySnapshots:
    """The part of `UnitOfWork` about what checks read."""

    def __init__(self, tables: SnapshotTables) -> None:
        self._seen = tables

    def save_snapshot(self, snapshot: UsageSnapshot, kept: timedelta) -> None:
        before = self._seen.snapshots.get(snapshot.organization, ())
        after = (*before, snapshot)
        days = [each.captured_at.date() for each in after]
        if len(days) == 1 or days[-1] != days[-2]:
            oldest = snapshot.captured_at - kept
            after = after[_first_kept(after, oldest) :]
        self._seen.snapshots[snapshot.organization] = after


def _first_kept(seen: tuple[UsageSnapshot, ...], oldest: datetime) -> int:
    """Give the first of its day that is the last one not later than a moment."""
    firsts = [0] + [
        place
        for place, (one, other) in enumerate(pairwise(seen), start=1)
        if one.captured_at.date() != other.captured_at.date()
    ]
    old = [place for place in firsts if seen[place].captured_at <= oldest]
    return max(old, default=0)


def snapshots_since(
    tables: SnapshotTables, organization: str, since: datetime
) -> Iterator[UsageSnapshot]:
    seen = tables.snapshots.get(organization, ())
    return iter([each for each in seen if each.captured_at >= since])
