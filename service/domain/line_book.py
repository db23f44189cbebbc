"""The lines of one snapshot: each month, period and scope added up once."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from service.domain.cost import CostLine, Tally, cost_lines, cost_of, is_in_scope
from service.domain.figures import check_report
from service.domain.guard import Organization
from service.domain.money import total
from service.domain.period import BillingPeriod, PeriodKind, previous_month
from service.domain.scope import Scope
from service.domain.usage import Failure, UsageReport, UsageSnapshot

Lines: TypeAlias = tuple[CostLine, ...] | Failure


class LineBook:
    """All lines of one snapshot, however many figures rest on each."""

    def __init__(
        self, organization: Organization, snapshot: UsageSnapshot, month: BillingPeriod
    ) -> None:
        self._organization = organization
        self._snapshot = snapshot
        self._month = month
        self._of_report: dict[tuple[str, bool], Lines] = {}
        self._of_period: dict[tuple[str, BillingPeriod], Lines] = {}
        self._of_scope: dict[tuple[Scope, BillingPeriod], Lines] = {}

    def report(
        self, workspace: str, *, is_previous: bool = False
    ) -> UsageReport | Failure:
        """Give the report of all or of one workspace, of this month or the last."""
        snapshot = self._snapshot
        report: UsageReport | Failure | None
        by_workspace: Mapping[str, UsageReport | Failure]
        if is_previous:
            report, by_workspace = snapshot.previous, snapshot.previous_by_workspace
        else:
            report, by_workspace = snapshot.usage, snapshot.usage_by_workspace
        if workspace:
            report = by_workspace.get(workspace)
        if report is None:
            return Failure(reason="not_read", detail="the usage was not read")
        month = previous_month(self._month) if is_previous else self._month
        return check_report(report, self._organization, month)

    def all_of(self, workspace: str, *, is_previous: bool = False) -> Lines:
        """Give the lines of all usage or of one workspace, with their days."""
        key = (workspace, is_previous)
        if key not in self._of_report:
            report = self.report(workspace, is_previous=is_previous)
            self._of_report[key] = (
                report if isinstance(report, Failure) else cost_lines(report)
            )
        return self._of_report[key]

    def counted_in(self, scope: Scope, period: BillingPeriod) -> Lines:
        """Give the lines that count in a scope and period, without their days."""
        key = (scope, period)
        if key not in self._of_scope:
            lines = self._in_period(scope.workspace or "", period)
            self._of_scope[key] = (
                lines
                if isinstance(lines, Failure)
                else tuple(line for line in lines if is_in_scope(line, scope))
            )
        return self._of_scope[key]

    def _in_period(self, workspace: str, period: BillingPeriod) -> Lines:
        """Give all lines of a period, of the organization or of one workspace."""
        key = (workspace, period)
        if key not in self._of_period:
            lines = self._dated(workspace, period)
            self._of_period[key] = (
                lines if isinstance(lines, Failure) else _without_days(lines)
            )
        return self._of_period[key]

    def _dated(self, workspace: str, period: BillingPeriod) -> Lines:
        lines = self.all_of(workspace)
        if isinstance(lines, Failure) or period.kind is PeriodKind.MONTH:
            return lines
        if period.start < self._month.start:
            before = self.all_of(workspace, is_previous=True)
            if isinstance(before, Failure):
                return before
            lines = before + lines
        return tuple(
            line for line in lines if line.day is not None and period.has_day(line.day)
        )

    def undated(self, scope: Scope, period: BillingPeriod) -> Decimal:
        """Give the most that usage without a day may have cost in a week or day."""
        workspace = scope.workspace or ""
        read = (
            (
                self.report(workspace, is_previous=is_previous),
                self.all_of(workspace, is_previous=is_previous),
            )
            for is_previous in {False, period.start < self._month.start}
        )
        undated = (
            (report, (line for line in lines if line.day is None))
            for report, lines in read
            if isinstance(report, UsageReport) and isinstance(lines, tuple)
        )
        return total(cost_of(lines, report, scope).ceiling for report, lines in undated)


def _without_days(lines: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Add up the days, so that ten thousand scopes do not walk through each of them."""
    tallies: dict[tuple[str, str, str | None], Tally] = {}
    for line in lines:
        key = (line.category, line.model, line.event_type)
        tally = tallies.setdefault(key, Tally())
        tally.units += line.units
        tally.paid_units += line.paid_units
        tally.unpriced += line.unpriced
        tally.amount += line.amount
        tally.ceiling += line.ceiling
    return tuple(
        tally.line(category, model, event_type)
        for (category, model, event_type), tally in tallies.items()
    )
