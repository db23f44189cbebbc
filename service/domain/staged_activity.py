"""What people do in the test of a policy, as the provider would count it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from service.domain.activity import ActivityKey, most_first
from service.domain.period import period_of
from service.domain.policy import Policy
from service.domain.policy_test_activity import Doing
from service.domain.spend_series import SpendSeries
from service.domain.usage import Activity


class StagedActivity:
    """The counts of a test at any moment; what nobody does is a zero that was read."""

    def __init__(
        self, doings: Iterable[tuple[Doing, SpendSeries]], policies: Iterable[Policy]
    ) -> None:
        self._doings = tuple(doings)
        self._keys = tuple(
            dict.fromkeys(
                policy.activity_key(threshold.activity)
                for policy in policies
                for threshold in policy.thresholds
                if threshold.activity is not None
            )
        )

    def at(self, now: datetime) -> Mapping[ActivityKey, Activity]:
        """Give every figure that a threshold asks for."""
        return {
            key: Activity(counts=most_first(self._counts(key, now)))
            for key in self._keys
        }

    def _counts(self, key: ActivityKey, now: datetime) -> Mapping[str, Decimal]:
        start = period_of(key.window, now).start
        return {
            doing.name or "": (series.level(now) - series.before(start)) // 1
            for doing, series in self._doings
            if (doing.metric, doing.per) == (key.metric, key.per)
            and key.workspace in {None, doing.name}
        }
