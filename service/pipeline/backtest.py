"""What a policy set would have done over the past, by the function that runs live.

Nothing is written and nobody is told. Where our own observations are kept, each of them
is replayed exactly; before that, the provider's days are taken one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain
from types import MappingProxyType

from service.domain.backtest import (
    Backtest,
    DayRecorder,
    Grain,
    OrganizationBacktest,
)
from service.domain.check import UsageMonth
from service.domain.decision import Memory
from service.domain.errors import InvalidInput
from service.domain.guard import Organization
from service.domain.past_days import PastDays, by_day_alone, is_untold
from service.domain.past_read import PAST_MONTHS, past_months
from service.domain.period import month_called, month_of
from service.domain.policy_set import PolicySet
from service.domain.replay import Replay, nothing_known
from service.domain.usage import SpendLimit, UsageSnapshot
from service.pipeline.backtest_observed import ObservedPast, limit_of
from service.pipeline.past_acts import past_acts
from service.ports import Services

Progress = Callable[[str, date], None]

_DAY = timedelta(days=1)
# What windows are compared with, and alerts of the month before, begin earlier.
_RUN_UP = timedelta(days=62)
_NOTHING = "nothing is known of this past: no check and no month of it was kept"
_BY_DAY = (
    "days marked by_day rest on what the provider tells of whole days: `for:` is"
    " counted and pace is seen from day to day, and health alerts are left out"
)
_NO_UNITS = (
    "thresholds on units (`usage:`) and `activity:` are left out of days marked by_day"
)
_NO_LIMIT = "the limit of days marked by_day is not known, so nothing rests on it"
_LIMIT = (
    "the limit of days marked by_day is not known: {limit}, the first that is known,"
    " is taken for it"
)
_FROM_NOTHING = (
    "the exact part begins from nothing, as a first check does: what was crossed by"
    " then fires at its first observation"
)
_STOPPED = "what a lower limit would have stopped from being spent cannot be known"


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestWish:
    """How many months to go back, and what was read of the past and is not kept.

    `read` is by the organization's name.
    """

    months: int = PAST_MONTHS
    read: Mapping[str, tuple[UsageMonth, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )


def no_progress(organization: str, day: date) -> None:
    """Tell nobody how far it is."""


def backtest(
    services: Services,
    policies: PolicySet,
    wish: BacktestWish,
    on_day: Progress = no_progress,
) -> Backtest:
    """Replay the months before this one, and this one, of every organization.

    `on_day` hears of each day that is begun. Raises `InvalidInput` for a number of
    months that is never kept.
    """
    if not 1 <= wish.months <= PAST_MONTHS:
        raise InvalidInput(f"months must be from 1 to {PAST_MONTHS}, not {wish.months}")
    return Backtest(
        revision=policies.revision,
        organizations=tuple(
            _Past(services, policies, each, wish).replayed(on_day)
            for each in policies.guard.organizations
        ),
    )


class _Past:
    """The past of one organization under a set, as far as it is known."""

    def __init__(
        self,
        services: Services,
        policies: PolicySet,
        organization: Organization,
        wish: BacktestWish,
    ) -> None:
        self._services = services
        self._policies = policies
        self._organization = organization
        self._name = organization.name
        self._now = services.clock.now()
        month = month_of(self._now)
        self._since = past_months(month)[wish.months - 1].start
        kept = (
            services.queries.usage(self._name, each.key)
            for each in (*past_months(month), month)
        )
        months = (*wish.read.get(self._name, ()), *chain.from_iterable(kept))
        self._days = PastDays(self._name, organization.currency, months)

    def replayed(self, on_day: Progress) -> OrganizationBacktest:
        """Replay the days that only the provider knows, then all observations."""
        since = self._since - _RUN_UP
        snapshots = self._services.queries.snapshots(self._name, since)
        first = next(snapshots, None)
        limit = self._first_limit(first)
        by_day = DayRecorder(Grain.BY_DAY, self._since.date(), health=False)
        until = (self._now if first is None else first.captured_at).date()
        self._by_day(until, limit, by_day, on_day)
        exact = DayRecorder(Grain.EXACT, self._since.date())
        if first is not None:
            seen = _told_of(self._name, chain([first], snapshots), on_day)
            acts = past_acts(self._services, self._name)
            past = ObservedPast(
                self._policies, self._organization, self._nothing(), acts
            )
            past.replay(seen, exact)
        days = (*by_day.days(), *exact.days())
        return OrganizationBacktest(
            organization=self._name,
            currency=self._organization.currency,
            days=days,
            exact_since=None if first is None else max(first.captured_at, self._since),
            observations=exact.observations,
            notes=tuple(self._notes(by_day, exact, limit)),
        )

    def _nothing(self) -> Memory:
        return replace(
            nothing_known(self._name),
            ceiling=self._services.limits.ceiling(self._name),
            check_interval=self._services.check_interval,
        )

    def _first_limit(self, first: UsageSnapshot | None) -> SpendLimit | None:
        seen = None if first is None else limit_of(first)
        if seen is not None:
            return seen
        states = self._services.queries.organization_states()
        known = (each for each in states if each.organization == self._name)
        return next((each.reference for each in known), None)

    def _by_day(
        self, until: date, limit: SpendLimit | None, into: DayRecorder, on_day: Progress
    ) -> None:
        policies = by_day_alone(self._policies)
        start = self._nothing()
        replay = Replay(policies, self._organization, memory=start)
        first = past_months(month_of(self._now))[-1].start.date()
        period = ""
        for day in self._days.days(first, until):
            if f"{day:%Y-%m}" != period:
                self._turn(replay, period)
                period = f"{day:%Y-%m}"
            on_day(self._name, day)
            into.see(replay.step(self._days.snapshot(day, limit)))

    def _turn(self, replay: Replay, period: str) -> None:
        """Let a month that is over be known whole, its last day included."""
        if period:
            over = month_called(period)
            for month in self._days.month(over):
                replay.learn(replace(month, captured_at=over.end))

    def _notes(
        self, by_day: DayRecorder, exact: DayRecorder, limit: SpendLimit | None
    ) -> Iterator[str]:
        if not by_day.observations and not exact.observations:
            yield _NOTHING
            return
        if by_day.observations:
            yield _BY_DAY
            yield _NO_LIMIT if limit is None else _LIMIT.format(limit=limit)
            policies = self._policies.of(self._name)
            if any(is_untold(e) for policy in policies for e in policy.thresholds):
                yield _NO_UNITS
        if exact.observations:
            yield _FROM_NOTHING
        yield _STOPPED


def _told_of(
    organization: str, snapshots: Iterator[UsageSnapshot], on_day: Progress
) -> Iterator[UsageSnapshot]:
    """Tell of each day when its first observation comes by."""
    day = None
    for snapshot in snapshots:
        if snapshot.captured_at.date() != day:
            day = snapshot.captured_at.date()
            on_day(organization, day)
        yield snapshot
