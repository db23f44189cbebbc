"""Days of the provider as observations: what was spent by the end of each.

Where no check of our own looked, the provider's days are all that is known of the past.
Each is taken as one observation in its last second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.cost import is_counted
from service.domain.money import total
from service.domain.period import BillingPeriod, month_called, previous_month
from service.domain.policy import Policy, Threshold
from service.domain.policy_set import PolicySet
from service.domain.scope import Scope
from service.domain.usage import (
    Failure,
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    UsageRow,
    UsageSnapshot,
)

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
_NOT_KEPT = Failure(reason="not_kept", detail="nothing is known of this month")


class PastDays:
    """Months of one organization, all of them in its currency."""

    def __init__(
        self, organization: str, currency: str, months: Iterable[UsageMonth]
    ) -> None:
        self._whole = Scope(organization=organization)
        self._currency = currency
        self._months = {
            (each.workspace, each.period): each
            for each in months
            if each.currency == currency
        }
        self._prices: dict[tuple[str, str], tuple[Price, ...]] = {}

    @property
    def workspaces(self) -> frozenset[str]:
        """Name the workspaces of which some month is known."""
        return frozenset(workspace for workspace, _ in self._months if workspace)

    def month(self, month: BillingPeriod) -> tuple[UsageMonth, ...]:
        """Give what is known of a month, of all workspaces and of each."""
        return tuple(
            each for (_, key), each in self._months.items() if key == month.key
        )

    def days(self, first: date, until: date) -> Iterator[date]:
        """Give the days before `until` of which something is known, oldest first."""
        while first < until:
            if ("", f"{first:%Y-%m}") in self._months:
                yield first
            first += _DAY

    def snapshot(self, day: date, limit: SpendLimit | None) -> UsageSnapshot:
        """Give what a check in the last second of a day would have read."""
        month = month_called(f"{day:%Y-%m}")
        before = previous_month(month)
        workspaces = sorted(self.workspaces)
        lines = self._months["", month.key].lines
        return UsageSnapshot(
            organization=self._whole.organization,
            captured_at=datetime.combine(day, _LAST_SECOND, tzinfo=UTC),
            limit=LimitReading(
                currency=self._currency,
                limit=limit,
                is_reached=False,
                total=self._total(lines, day),
            ),
            usage=self._report("", month, day),
            usage_by_workspace={
                name: self._report(name, month, day) for name in workspaces
            },
            previous=self._report("", before, day),
            previous_by_workspace={
                name: self._report(name, before, day) for name in workspaces
            },
        )

    def _total(self, lines: Iterable[UsageLine], day: date) -> Decimal:
        return total(
            line.cost
            for line in lines
            if line.cost is not None
            and is_counted(self._whole, line.category, line.model)
            and _is_by(line, day)
        )

    def _report(
        self, workspace: str, month: BillingPeriod, day: date
    ) -> UsageReport | Failure:
        known = self._months.get((workspace, month.key))
        if known is None:
            return _NOT_KEPT
        key = (workspace, month.key)
        if key not in self._prices:
            self._prices[key] = tuple(_prices(known.lines))
        return UsageReport(
            period=month,
            currency=self._currency,
            rows=tuple(_rows(known.lines, day)),
            prices=self._prices[key],
        )


def _rows(lines: Iterable[UsageLine], day: date) -> Iterator[UsageRow]:
    for number, line in enumerate(lines):
        if _is_by(line, day):
            yield UsageRow(
                category=line.category,
                model=line.model,
                billing_metric=str(number),
                billing_group="",
                event_type=None,
                api_zone=None,
                service_tier=None,
                day=None if line.day is None else date.fromisoformat(line.day),
                units=line.units,
                paid_units=_billed(line),
            )


def _prices(lines: Iterable[UsageLine]) -> Iterator[Price]:
    for number, line in enumerate(lines):
        if line.cost is not None:
            yield Price(
                event_type=None,
                billing_metric=str(number),
                billing_group="",
                api_zone=None,
                service_tier=None,
                amount=line.cost,
            )


def _billed(line: UsageLine) -> int:
    """Bill a line as one unit at its whole cost: what is kept is what it came to."""
    return line.paid_units if line.cost is None else 1


def _is_by(line: UsageLine, day: date) -> bool:
    return line.day is None or line.day <= day.isoformat()


def by_day_alone(policies: PolicySet) -> PolicySet:
    """Give a set without the thresholds that days alone cannot tell of.

    Of units only their sum is kept, whatever they are units of; of activity nothing.
    """
    return replace(
        policies,
        policies=tuple(
            replace(each, policy=_without_untold(each.policy))
            for each in policies.policies
        ),
    )


def _without_untold(policy: Policy) -> Policy:
    kept = tuple(each for each in policy.thresholds if not is_untold(each))
    return policy.model_copy(update={"thresholds": kept})


def is_untold(threshold: Threshold) -> bool:
    """Say whether days alone tell nothing of what a threshold watches."""
    return threshold.usage is not None or threshold.activity is not None
