"""Our own observations, each replayed as the check that made it ran."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from service.domain.backtest import DayRecorder
from service.domain.decision import Memory
from service.domain.guard import Organization
from service.domain.policy_set import PolicySet
from service.domain.replay import Replay
from service.domain.usage import LimitReading, SpendLimit, UsageSnapshot
from service.pipeline.past_acts import PastActs


class ObservedPast:
    """Observations under a set, with what people did between them."""

    def __init__(
        self,
        policies: PolicySet,
        organization: Organization,
        start: Memory,
        acts: PastActs,
    ) -> None:
        self._replay = Replay(policies, organization, memory=start)
        self._acts = deque(acts.acts)
        self._own = acts.own
        self._limit: SpendLimit | None = None
        self._seen_at: datetime | None = None

    def replay(self, snapshots: Iterable[UsageSnapshot], into: DayRecorder) -> None:
        """Replay them, oldest first."""
        for snapshot in snapshots:
            self._catch_up(snapshot)
            into.see(self._replay.step(snapshot))

    def _catch_up(self, snapshot: UsageSnapshot) -> None:
        """Do what was done since the observation before this one."""
        at = snapshot.captured_at
        while self._acts and self._acts[0].at <= at:
            self._acts.popleft().do(self._replay)
        limit = limit_of(snapshot)
        if limit is None:
            return
        if limit != self._limit and self._is_own(limit, at):
            self._replay.foresee(limit)
        self._limit, self._seen_at = limit, at

    def _is_own(self, limit: SpendLimit, at: datetime) -> bool:
        """Say whether the live service itself moved the limit there since then."""
        return any(
            change.after == limit
            for change in self._own
            if self._seen_at is not None
            and self._seen_at <= (change.requested_at or change.planned_at) <= at
        )


def limit_of(snapshot: UsageSnapshot) -> SpendLimit | None:
    """Give the limit that was observed, None where it could not be read."""
    reading = snapshot.limit
    return reading.limit if isinstance(reading, LimitReading) else None
