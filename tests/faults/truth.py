"""What is true at the provider, whatever its answers say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

from service.simulator.ledger import MonthLedger, Series
from service.simulator.limit import Limit
from service.simulator.simulator import Simulator
from tests.faults.plans import ORGANIZATION, PolicyPlan, ScopePlan


class Truth:
    """Reads the simulator's own books, without any request."""

    def __init__(self, simulator: Simulator, storage_per_day: int) -> None:
        self._simulator = simulator
        self._storage = Decimal(storage_per_day)

    def limit(self) -> Limit:
        return self._simulator.standing(ORGANIZATION).limit

    def storage(self, at: datetime) -> Decimal:
        """Give what is counted in the total and stands in no row."""
        return self._storage * (at.day - 1)

    def month(self, at: datetime) -> Decimal:
        """Give all that was spent in the month of a moment."""
        ledger = self._simulator.ledger(ORGANIZATION, at.year, at.month)
        return ledger.spend.total + self.storage(at)

    def has_unlisted(self, at: datetime) -> bool:
        """Say whether something was used this month that no reader can price."""
        ledger = self._simulator.ledger(ORGANIZATION, at.year, at.month)
        return any(
            not series.product.listed and any(row)
            for series, row in zip(ledger.series, ledger.paid, strict=True)
        )

    def spent(self, policy: PolicyPlan, at: datetime) -> Decimal:
        """Give what a policy's budget is about, in its period."""
        if policy.may_act:
            return self.month(at)
        return sum(
            (
                ledger.paid[index][day] * series.price
                for ledger, index, series, day in self._days(policy, at)
            ),
            Decimal(0),
        )

    def units(self, policy: PolicyPlan, at: datetime, event_type: str) -> int:
        """Give the units of a kind that a policy's scope consumed in its period."""
        return sum(
            ledger.value[index][day]
            for ledger, index, series, day in self._days(policy, at)
            if series.product.event_type == event_type
        )

    def _days(
        self, policy: PolicyPlan, at: datetime
    ) -> list[tuple[MonthLedger, int, Series, int]]:
        return [
            (ledger, index, series, day.day)
            for day in days_of(policy.period, at)
            for ledger in (self._simulator.ledger(ORGANIZATION, day.year, day.month),)
            for index, series in enumerate(ledger.series)
            if _is_in(series, policy.scope)
        ]


def _is_in(series: Series, scope: ScopePlan) -> bool:
    category = series.product.category.partition(".")[0]
    category = "vibe" if category == "vibe_code" else category
    return (
        scope.workspace in {None, series.workspace}
        and scope.category in {None, category}
        and (scope.model is None or fnmatchcase(series.product.alias, scope.model))
    )


def days_of(period: str, at: datetime) -> list[date]:
    """Give the days of the period that holds a moment, up to that moment."""
    today = at.astimezone(UTC).date()
    first = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
    }[period]
    return [first + timedelta(days=each) for each in range((today - first).days + 1)]


def period_key(period: str, at: datetime) -> str:
    """Give the period's name as alerts carry it."""
    if period == "week":
        year, week, _ = at.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return f"{at:%Y-%m-%d}" if period == "day" else f"{at:%Y-%m}"
