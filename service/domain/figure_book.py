"""The figures of one snapshot: each scope's spend in each period, worked out once."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.activity_book import ActivityBook
from service.domain.cost import (
    Cost,
    CostLine,
    add_up,
    cost_of,
    with_legacy_vibe,
)
from service.domain.course import Course, SpendSample
from service.domain.day_book import DayBook, Days
from service.domain.expected import Forecast
from service.domain.figures import (
    at_most,
    believe,
    check_limit,
    doubt_zero,
    figure_of_cost,
    figure_of_two,
    is_lacking,
    is_reconciled,
    unknown,
    with_undated,
)
from service.domain.forecast import forecast_of
from service.domain.guard import Organization, Reconcile
from service.domain.history import History
from service.domain.line_book import LineBook
from service.domain.pace import Pace, paces_of
from service.domain.period import (
    BillingPeriod,
    PeriodKind,
    month_of,
    period_of,
    previous_month,
)
from service.domain.scope import Scope
from service.domain.state import OrganizationState, Sighting
from service.domain.usage import (
    Failure,
    Figure,
    SpendLimit,
    UsageReport,
    UsageSnapshot,
)

_FIRST_DAY = timedelta(days=1)


class FigureBook:
    """All figures of one snapshot, however many policies ask for each.

    `total` is the organization's month; `sightings` collects what the next check must
    remember to notice a fall.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that figures rest on
        self,
        organization: Organization,
        snapshot: UsageSnapshot,
        state: OrganizationState,
        now: datetime,
        history: History | None = None,
        *,
        courses: Mapping[str, Course] | None = None,
    ) -> None:
        self._organization = organization
        self._snapshot = snapshot
        self._state = state
        self._now = now
        self.month = month_of(now)
        self.limit = check_limit(snapshot.limit, organization)
        self.limit_log = snapshot.limit_log
        self.rate_limit = snapshot.rate_limit
        self.shape_changes = snapshot.shape_changes
        self.sightings: dict[str, Sighting] = {}
        self.activity = ActivityBook(snapshot, state, self.sightings, now)
        self._lines = LineBook(organization, snapshot, self.month)
        self._days = DayBook(self._lines, history or History(), self.month, now)
        self._forecasts: dict[tuple[Scope, BillingPeriod], Forecast | Failure] = {}
        self._figures: dict[tuple[Scope, BillingPeriod], Figure] = {}
        self._courses = courses or {}
        self._paces: dict[tuple[Scope, timedelta], tuple[Pace, ...] | Failure] = {}
        self._units: dict[tuple[Scope, BillingPeriod, str], Decimal] = {}
        self._periods: dict[PeriodKind, BillingPeriod] = {}
        self.whole = Scope(organization=organization.name)
        self.usage = self._lines.report("")
        # Until a total of this month was seen: no answer must begin a month by failing.
        self.is_rolled = state.period == self.month.key
        self.total = self._whole_month()

    @property
    def counted(self) -> Decimal | Failure:
        """Give the provider's own total, or why there is none."""
        if isinstance(self.limit, Failure):
            return self.limit
        if self.limit.total is None:
            return Failure(
                reason="total_missing", detail="the spend limit answer has no total"
            )
        return self.limit.total

    @property
    def observed(self) -> SpendLimit | None:
        """Give the provider's limit as read, None where it was unreadable."""
        return None if isinstance(self.limit, Failure) else self.limit.limit

    def period(self, kind: PeriodKind) -> BillingPeriod:
        """Give the period of a kind that holds the moment of the check."""
        if kind not in self._periods:
            self._periods[kind] = period_of(kind, self._now)
        return self._periods[kind]

    def figure(self, scope: Scope, period: BillingPeriod) -> Figure:
        """Give the spend of a scope in a period."""
        if scope.is_organization and period.kind is PeriodKind.MONTH:
            return self.total
        key = (scope, period)
        if key not in self._figures:
            name = f"{scope.key}|{period.key}"
            figure = self._scoped(scope, period)
            if figure.upper == 0:
                figure = doubt_zero(figure, self._state.sightings.get(name))
            self._figures[key] = self._believed(name, figure)
        return self._figures[key]

    def scoped_figures(self) -> Iterator[tuple[str, Figure]]:
        """Give every figure asked for but the total, by the key of its scope.

        Activity is filed under the text of what was counted.
        """
        for (scope, _), figure in self._figures.items():
            yield scope.key, figure
        yield from self.activity.figures()

    def units(
        self, scope: Scope, period: BillingPeriod, unit: str
    ) -> Decimal | Failure:
        """Give the units of one event type that a scope consumed in a period."""
        lines = self._lines.counted_in(scope, period)
        if isinstance(lines, Failure):
            return lines
        report = self._lines.report(scope.workspace or "")
        if isinstance(report, UsageReport) and is_lacking(report, scope):
            return _lacking(report)
        key = (scope, period, unit)
        if key not in self._units:
            of_unit = (line.units for line in lines if line.event_type == unit)
            self._units[key] = Decimal(sum(of_unit))
        return self._units[key]

    def days(self, scope: Scope) -> Days:
        """Give what each whole day that is known cost a scope, oldest first."""
        return self._days.days(scope)

    def forecast(self, scope: Scope, period: BillingPeriod) -> Forecast | Failure:
        """Give the spend expected at the end of a period, on its figure's amount."""
        key = (scope, period)
        if key not in self._forecasts:
            self._forecasts[key] = self._forecast(scope, period)
        return self._forecasts[key]

    def _forecast(self, scope: Scope, period: BillingPeriod) -> Forecast | Failure:
        figure, days = self.figure(scope, period), self.days(scope)
        if figure.amount is None:
            return Failure(reason=figure.reason or "unknown", detail=figure.detail)
        if isinstance(days, Failure):
            return days
        return forecast_of(days, figure.amount, period, self._now)

    def paces(self, scope: Scope, window: timedelta) -> tuple[Pace, ...] | Failure:
        """Give the pace of a scope over a window, and of the window's last quarter."""
        key = (scope, window)
        if key not in self._paces:
            self._paces[key] = self._paces_of(scope, window)
        return self._paces[key]

    def _paces_of(self, scope: Scope, window: timedelta) -> tuple[Pace, ...] | Failure:
        sample = self.sample(scope)
        if isinstance(sample, Failure):
            return sample
        course = self._courses.get(scope.key) or Course()
        return paces_of(course.with_samples([sample]), window, self._now)

    def sample(self, scope: Scope) -> SpendSample | Failure:
        """Give what this check saw of a scope's month, where it can be relied on."""
        figure = self.figure(scope, self.month)
        if figure.amount is None:
            return Failure(reason=figure.reason or "unknown", detail=figure.detail)
        if figure.is_one_sided:
            # When the other comes back the figure may leap, and nothing was spent.
            return Failure(reason="one_source", detail=figure.detail)
        return SpendSample(
            scope=scope.key,
            at=self._snapshot.captured_at,
            month=self.month.key,
            currency=self._organization.currency,
            amount=figure.amount,
        )

    def cost(self) -> Cost | Failure:
        """Give the computed cost of the organization's month."""
        lines = self._lines.counted_in(self.whole, self.month)
        if isinstance(lines, Failure) or isinstance(self.usage, Failure):
            return lines if isinstance(lines, Failure) else Cost()
        return with_legacy_vibe(add_up(lines), self.usage, self.whole)

    def closed_month(self) -> Decimal | None:
        """Give what the rows of last month cost, None where it was not read whole."""
        report = self._lines.report("", is_previous=True)
        lines = self._lines.all_of("", is_previous=True)
        if isinstance(report, Failure) or isinstance(lines, Failure):
            return None
        cost = cost_of(lines, report, self.whole)
        return cost.amount if cost.is_complete else None

    def is_read(self, workspace: str) -> bool:
        """Say whether the month of a workspace could be read."""
        return not isinstance(self._lines.report(workspace), Failure)

    def lines(self, workspace: str = "") -> tuple[CostLine, ...]:
        """Give this month's lines, of all or of one workspace; none if unreadable."""
        lines = self._lines.all_of(workspace)
        return () if isinstance(lines, Failure) else lines

    def _whole_month(self) -> Figure:
        key = f"{self.whole.key}|{self.month.key}"
        for source in (self.limit, self.usage):
            if isinstance(source, Failure) and source.reason == "wrong_currency":
                return self._believed(key, unknown(source.reason, source.detail))
        cost = self.cost()
        self.is_rolled = self._has_rolled(cost)
        if not self.is_rolled and not isinstance(self.counted, Failure):
            return unknown(
                "period_not_rolled",
                "the provider's total may still be last month's",
            )
        figure = figure_of_two(cost, self.counted, self._organization.reconcile)
        if isinstance(self.counted, Failure) and self.is_rolled:
            figure = at_most(figure, self._state.last_total)
        figure = doubt_zero(figure, self._state.sightings.get(key))
        return self._believed(key, figure)

    def _has_rolled(self, cost: Cost | Failure) -> bool:
        """Say whether the total has been seen to follow the calendar (§4.6)."""
        state, counted = self._state, self.counted
        if state.period == self.month.key:
            return True
        if isinstance(counted, Failure):
            return False
        is_first_day = self._now - self.month.start < _FIRST_DAY
        terms = self._organization.reconcile
        if is_first_day:
            # All of last month may be as small as the gap that is known.
            terms = Reconcile(tolerance=terms.tolerance)
        if isinstance(cost, Cost) and is_reconciled(cost.ceiling, counted, terms):
            return True
        # A later period is no gap: the clock was set back since.
        before = previous_month(self.month).key
        has_gap = state.period is not None and state.period < before
        if state.last_total is not None and not has_gap:
            # Last month restated by a little is still last month.
            return not is_reconciled(state.last_total, counted, terms) and (
                counted < state.last_total
            )
        # Nothing is known of last month, and only on the first day can it still show.
        return not is_first_day

    def _believed(self, key: str, figure: Figure) -> Figure:
        at = self._snapshot.captured_at
        usable, sighting = believe(figure, self._state.sightings.get(key), at)
        if sighting is not None:
            self.sightings[key] = sighting
        return usable

    def _scoped(self, scope: Scope, period: BillingPeriod) -> Figure:
        report = self._lines.report(scope.workspace or "")
        if isinstance(report, Failure):
            return unknown(report.reason, report.detail)
        lines = self._lines.counted_in(scope, period)
        if isinstance(lines, Failure):
            return unknown(lines.reason, lines.detail)
        if is_lacking(report, scope):
            lacking = _lacking(report)
            return unknown(lacking.reason, lacking.detail)
        cost = add_up(lines)
        if period.kind is PeriodKind.MONTH:
            return figure_of_cost(with_legacy_vibe(cost, report, scope))
        return with_undated(figure_of_cost(cost), self._lines.undated(scope, period))


def _lacking(report: UsageReport) -> Failure:
    names = ", ".join(report.missing_categories)
    return Failure(reason="category_missing", detail=f"the answer lacks {names}")
