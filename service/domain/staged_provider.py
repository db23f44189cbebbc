"""The provider of a policy test: what it answers at any moment, and what came before.

Each part of the usage is a row a day of millionths of the currency, at the price of a
millionth, so that rows and total agree to the last digit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from service.domain.check import Observation, UsageMonth
from service.domain.cost import cost_lines, is_counted
from service.domain.course import KEPT, SLOT, Course, SpendSample
from service.domain.guard import Organization
from service.domain.money import Money
from service.domain.period import BillingPeriod, month_of, previous_month
from service.domain.policy import Policy
from service.domain.policy_set import paced_scopes
from service.domain.policy_test import PolicyTest
from service.domain.policy_test_given import Lost, Part, PastDays
from service.domain.policy_test_values import UNLIMITED, Points
from service.domain.scope import Category, Scope
from service.domain.spend_series import MILLIONTH, SpendSeries, Usual
from service.domain.staged_activity import StagedActivity
from service.domain.usage import (
    Failure,
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    UsageRow,
    UsageSnapshot,
)
from service.domain.usage_lines import usage_lines

# The event type of rows that stand for money alone.
_MONEY = "millionths"
_PRICE = Price(
    event_type=_MONEY,
    billing_metric=_MONEY,
    billing_group=_MONEY,
    api_zone=None,
    service_tier=None,
    amount=Decimal("0.000001"),
)
_OF_MONEY = 6
_ONE = Decimal(1)
# A week may reach back into the month before, and a month is closed on its first days.
_REACHES_BACK = timedelta(days=7)
_DAY = timedelta(days=1)
_SILENT = Failure(reason="provider_unavailable", detail="no answer: an outage")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """One row a day: the spend of a part, or the units of one of its event types.

    Of the rest, which has no workspace, `less` are the parts it is without.
    """

    category: str
    model: str
    workspace: str | None
    event_type: str
    series: SpendSeries
    less: tuple[SpendSeries, ...] = ()

    def rows(self, month: BillingPeriod, now: datetime) -> Iterator[UsageRow]:
        end = min(now, month.end)
        unit = MILLIONTH if self.event_type == _MONEY else _ONE
        others = [dict(each.days(month.start, end)) for each in self.less]
        for day, amount in self.series.days(month.start, end, unit):
            rest = amount - sum((each[day] for each in others), Decimal(0))
            if rest and month.has_day(day):
                yield self._row(day, rest)

    def _row(self, day: date, amount: Decimal) -> UsageRow:
        is_money = self.event_type == _MONEY
        units = int(amount.scaleb(_OF_MONEY)) if is_money else int(amount)
        return UsageRow(
            category=self.category,
            model=self.model,
            billing_metric=self.event_type,
            billing_group=self.event_type,
            event_type=self.event_type,
            api_zone=None,
            service_tier=None,
            day=day,
            units=units,
            # Units that a test names cost what its spend says, and nothing beside.
            paid_units=units if is_money else 0,
        )


class StagedProvider:
    """One organization as a test has it, from the start of its clock to the end."""

    def __init__(
        self,
        test: PolicyTest,
        organization: Organization,
        policies: Iterable[Policy],
        moments: tuple[datetime, ...],
    ) -> None:
        self._test = test
        self._organization = organization
        self._start, self._end = moments[0], moments[-1]
        watching = tuple(policies)
        self._paced = paced_scopes(watching)
        self._workspaces = tuple(
            dict.fromkeys(
                each.scope.workspace for each in watching if each.scope.workspace
            )
        )
        self._streams = tuple(self._staged())
        doings = ((each, self._series(each.counts, None)) for each in test.activity)
        self._activity = StagedActivity(doings, watching)

    def _staged(self) -> Iterator[_Stream]:
        counted: list[SpendSeries] = []
        for part in self._test.parts:
            spend = self._series(part.spend, part.history)
            if part.category is not Category.CHAT:
                counted.append(spend)
            yield _stream(part, _MONEY, spend)
            for unit, points in part.units.items():
                yield _stream(part, unit, self._series(points, None))
        test = self._test
        if test.spend is not None or test.history is not None or not test.parts:
            whole = self._series(test.spend or (), test.history)
            yield _stream(Part(), _MONEY, whole, tuple(counted))

    def _series(self, points: Points, past: PastDays | None) -> SpendSeries:
        start = self._start
        placed = sorted(
            ((at.of(start), value) for at, value in points), key=lambda each: each[0]
        )
        usual = None if past is None else usual_of(past, start)
        return SpendSeries(placed, usual, start, self._end, self._test.between)

    def snapshot(self, at: datetime, limit: SpendLimit) -> UsageSnapshot:
        """Give what is read at a moment, when the limit was set so outside."""
        month = month_of(at)
        lost = {
            each.of
            for each in self._test.outages
            if each.start.of(self._start) <= at < each.end.of(self._start)
        }
        usage = self._report(month, at)
        total = _total(usage)
        is_reached = limit.amount is not None and total >= limit.amount.amount
        limit_lost = bool(lost & {Lost.EVERYTHING, Lost.LIMIT})
        usage_lost = bool(lost & {Lost.EVERYTHING, Lost.USAGE})
        workspaces_lost = bool(lost & {Lost.EVERYTHING, Lost.WORKSPACES})
        before = previous_month(month)
        reaches_back = at - month.start < _REACHES_BACK and not usage_lost
        return UsageSnapshot(
            organization=self._organization.name,
            captured_at=at,
            limit=_SILENT
            if limit_lost
            else LimitReading(
                currency=self._organization.currency,
                limit=limit,
                is_reached=is_reached,
                total=None if Lost.TOTAL in lost else total,
            ),
            usage=_SILENT if usage_lost else usage,
            activity={
                key: _SILENT if Lost.EVERYTHING in lost else counted
                for key, counted in self._activity.at(at).items()
            },
            usage_by_workspace={
                name: _SILENT if workspaces_lost else self._report(month, at, name)
                for name in self._workspaces
            },
            previous=self._report(before, at) if reaches_back else None,
            previous_by_workspace={
                name: self._report(before, at, name)
                for name in self._workspaces
                if reaches_back and not workspaces_lost
            },
        )

    def _report(
        self, month: BillingPeriod, at: datetime, workspace: str | None = None
    ) -> UsageReport:
        return UsageReport(
            period=month,
            currency=self._organization.currency,
            rows=tuple(
                row
                for stream in self._streams
                if workspace in {None, stream.workspace}
                for row in stream.rows(month, at)
            ),
            prices=(_PRICE,),
        )

    @property
    def limit(self) -> SpendLimit:
        """Give the provider's limit at the start."""
        given = self._test.limit
        baseline = self._organization.guardrails.baseline_limit
        return self.limit_of(baseline if given is None else given)

    def limit_of(self, amount: Decimal | str | None) -> SpendLimit:
        """Give a limit of an amount; of anything else, that there is none."""
        if amount == UNLIMITED or not isinstance(amount, Decimal):
            return SpendLimit(None)
        return SpendLimit(Money(amount, self._organization.currency))

    def past(self) -> Iterator[UsageMonth]:
        """Give the months before the start's, of the whole and of each workspace."""
        since = min(
            (usual_of(past, self._start).since for past in self._histories()),
            default=self._start.date(),
        )
        month = previous_month(month_of(self._start))
        while month.end.date() > since:
            for workspace in (None, *self._workspaces):
                report = self._report(month, month.end, workspace)
                yield UsageMonth(
                    organization=self._organization.name,
                    workspace=workspace or "",
                    period=month.key,
                    currency=self._organization.currency,
                    captured_at=month.end,
                    lines=usage_lines(cost_lines(report)),
                )
            month = previous_month(month)

    def _histories(self) -> Iterator[PastDays]:
        for past in (self._test.history, *(each.history for each in self._test.parts)):
            if past is not None:
                yield past

    def courses(self) -> Mapping[str, Course]:
        """Give what checks would have seen before the start of what is paced."""
        return {key: Course(self._samples(scope)) for key, scope in self._paced.items()}

    def _samples(self, scope: Scope) -> Iterator[SpendSample]:
        for at in self._seen_at(KEPT):
            month = month_of(at)
            yield SpendSample(
                scope=scope.key,
                at=at,
                month=month.key,
                currency=self._organization.currency,
                amount=self._spent(scope, month.start, at),
            )

    def observations(self) -> tuple[Observation, ...]:
        """Give what checks would have seen in the day before the start."""
        whole = Scope(organization=self._organization.name)
        return tuple(
            Observation(
                at=at,
                spend=self._spent(whole, month_of(at).start, at),
                limit=self.limit,
            )
            for at in self._seen_at(_DAY)
        )

    def _seen_at(self, length: timedelta) -> Iterator[datetime]:
        histories = [past.days for past in self._histories()]
        known = min(length, timedelta(days=max(histories, default=0)))
        at = self._start - known
        while at < self._start:
            yield at
            at += SLOT

    def _spent(self, scope: Scope, start: datetime, at: datetime) -> Decimal:
        return sum(
            (
                each.level(at) - each.before(start)
                for stream in self._streams
                if _takes(scope, stream)
                for each in (stream.series,)
            ),
            Decimal(0),
        ) - sum(
            (
                each.level(at) - each.before(start)
                for stream in self._streams
                if _takes(scope, stream)
                for each in stream.less
            ),
            Decimal(0),
        )


def usual_of(past: PastDays, start: datetime) -> Usual:
    """Give what past days cost, for a test that starts then."""
    return Usual(
        since=start.date() - timedelta(days=past.days),
        day=past.day,
        weekend=past.day if past.weekend is None else past.weekend,
        first_hour=past.first_hour,
        last_hour=past.last_hour,
    )


def _stream(
    part: Part, event_type: str, series: SpendSeries, less: tuple[SpendSeries, ...] = ()
) -> _Stream:
    return _Stream(
        category=part.category.value,
        model=part.model,
        workspace=part.workspace,
        event_type=event_type,
        series=series,
        less=less,
    )


def _takes(scope: Scope, stream: _Stream) -> bool:
    return (
        stream.event_type == _MONEY
        and scope.workspace in {None, stream.workspace}
        and is_counted(scope, stream.category, stream.model)
    )


def _total(report: UsageReport) -> Decimal:
    paid = (row.paid_units for row in report.rows if row.category != Category.CHAT)
    return Decimal(sum(paid)).scaleb(-_OF_MONEY)
