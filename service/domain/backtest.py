"""What a policy set would have done over the past, by day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from service.domain.alert import Alert, AlertState
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.notification import Event
from service.domain.policy import Severity
from service.domain.replay import Moment
from service.domain.usage import SpendLimit

_NOT_NEWS = frozenset({ChangeState.PLANNED, ChangeState.REQUESTED})


class Grain(StrEnum):
    """How finely the past of a day is known."""

    EXACT = "exact"  # every observation of our own
    BY_DAY = "by_day"  # what the provider says of the day as a whole


class Edge(StrEnum):
    """What happened to an alert."""

    FIRED = "fired"
    REMINDED = "reminded"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEdge:
    """An alert that fired, was reminded of or resolved, as it then stood."""

    at: datetime
    edge: Edge
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMessage:
    """One message: all that one channel would have been told at a moment."""

    at: datetime
    channel: str
    severity: Severity
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEdge:
    """A limit change that was made, asked about, left out or ended at a moment."""

    at: datetime
    change: LimitChange


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestDay:
    """A UTC day: where spend and limit stood at its end, and all that happened."""

    day: date
    grain: Grain
    spend: Decimal | None
    limit: SpendLimit | None
    alerts: tuple[AlertEdge, ...]
    messages: tuple[ToldMessage, ...]
    changes: tuple[ChangeEdge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there was of everything; messages by channel, changes by their state."""

    fired: int
    resolved: int
    messages: Mapping[str, int]
    changes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationBacktest:
    """The days of one organization, oldest first.

    `exact_since` is the first of our own observations that are kept, None where there
    are none; `notes` say what could not be replayed, and what was taken for granted.
    """

    organization: str
    currency: str
    days: tuple[BacktestDay, ...]
    exact_since: datetime | None
    observations: int
    notes: tuple[str, ...] = ()

    @property
    def totals(self) -> Totals:
        """Count what happened."""
        alerts = [each for day in self.days for each in day.alerts]
        messages = [each for day in self.days for each in day.messages]
        changes = [each.change for day in self.days for each in day.changes]
        edges = Counter(each.edge for each in alerts)
        return Totals(
            fired=edges[Edge.FIRED],
            resolved=edges[Edge.RESOLVED],
            messages=Counter(each.channel for each in messages),
            changes=Counter(each.state.value for each in changes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What a set would have done; `revision` is the set's."""

    revision: str
    organizations: tuple[OrganizationBacktest, ...]


class DayRecorder:
    """Takes moments as they are replayed, and gives their days."""

    def __init__(self, grain: Grain, first: date, *, health: bool = True) -> None:
        self._grain = grain
        self._first = first
        self._takes_health = health
        self._days: dict[date, list[Moment]] = {}
        self._stands: dict[date, tuple[Decimal | None, SpendLimit | None]] = {}
        self.observations = 0

    def see(self, moment: Moment) -> None:
        """Take a moment; one before the first day that is wanted is passed over."""
        day = moment.at.date()
        if day < self._first:
            return
        check = moment.check
        self.see_quiet(moment.at, check.spend.amount, check.limit)
        self._days.setdefault(day, []).append(moment)

    def see_quiet(
        self, at: datetime, spend: Decimal | None, limit: SpendLimit | None
    ) -> None:
        """Take an observation at which nothing happened."""
        day = at.date()
        if day >= self._first:
            self.observations += 1
            before = self._stands.get(day, (None, None))
            self._stands[day] = (
                before[0] if spend is None else spend,
                before[1] if limit is None else limit,
            )

    def days(self) -> tuple[BacktestDay, ...]:
        """Give what became of each day, oldest first."""
        return tuple(self._day(day) for day in sorted(self._stands))

    def _day(self, day: date) -> BacktestDay:
        spend, limit = self._stands[day]
        moments = self._days.get(day, ())
        return BacktestDay(
            day=day,
            grain=self._grain,
            spend=spend,
            limit=limit,
            alerts=tuple(e for each in moments for e in self._edges(each)),
            messages=tuple(e for each in moments for e in self._messages(each)),
            changes=tuple(e for each in moments for e in _changes(each)),
        )

    def _edges(self, moment: Moment) -> Iterator[AlertEdge]:
        seen: set[tuple[str, Edge]] = set()
        for alert in moment.alerts:
            if alert.is_health and not self._takes_health:
                continue
            for edge in edges_of(alert, moment.at):
                if (alert.id, edge) not in seen:
                    seen.add((alert.id, edge))
                    yield AlertEdge(at=moment.at, edge=edge, alert=alert)

    def _messages(self, moment: Moment) -> Iterator[ToldMessage]:
        by_channel: dict[str, list[Event]] = {}
        for told in moment.told:
            is_health = told.alert is not None and told.alert.is_health
            if is_health and not self._takes_health:
                continue
            for channel in told.channels:
                by_channel.setdefault(channel, []).append(told.event)
        for channel, events in by_channel.items():
            worst = max((e.severity for e in events), key=lambda each: each.rank)
            yield ToldMessage(
                at=moment.at, channel=channel, severity=worst, events=tuple(events)
            )


def edges_of(alert: Alert, at: datetime) -> Iterator[Edge]:
    """Say what happened to an alert at a moment."""
    if alert.fired_at == at:
        yield Edge.FIRED
    elif alert.state is AlertState.FIRING and alert.last_told_at == at:
        yield Edge.REMINDED
    if alert.state is AlertState.RESOLVED and alert.resolved_at == at:
        yield Edge.RESOLVED


def _changes(moment: Moment) -> Iterable[ChangeEdge]:
    for change in moment.changes:
        if change.state not in _NOT_NEWS:
            yield ChangeEdge(at=moment.at, change=change)
