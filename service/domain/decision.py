"""What a check starts from and what it comes to, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.domain.alert import Alert, AlertKey
from service.domain.approval import Approval
from service.domain.audit import Fact
from service.domain.check import Check, Observation, UsageMonth
from service.domain.course import Course, SpendSample
from service.domain.figure_book import FigureBook
from service.domain.guard import Organization
from service.domain.history import History
from service.domain.limit_change import LimitChange
from service.domain.notification import Burner, Event, Figures
from service.domain.policy_set import PolicySet
from service.domain.state import OrganizationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known from before: the state and everything that bounds a change.

    `alerts` holds the newest firing per identity; `changes` those of at least this
    period and the last day, `approvals` the requests of as long and all open ones;
    `observations` those of the last day, oldest first; `history` the months before
    this one; `courses` the spend over the last weeks, by the key of each scope whose
    pace is watched.
    """

    state: OrganizationState
    alerts: Mapping[AlertKey, Alert]
    changes: tuple[LimitChange, ...] = ()
    approvals: tuple[Approval, ...] = ()
    observations: tuple[Observation, ...] = ()
    is_paused: bool = False
    ceiling: int | None = None
    check_interval: timedelta = timedelta(minutes=5)
    courses: Mapping[str, Course] = field(default_factory=dict)
    history: History = field(default_factory=History)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event and the channels that are to hear of it.

    `alert` is the one it is news of, which a silence may mute; None for all else.
    """

    event: Event
    channels: tuple[str, ...]
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All that one check decided; recording it is one transaction.

    `change` is the one limit change to carry out, if any; `alerts` are those that
    moved; `ends` the ends of raises that were planned, wait or will not be carried out;
    `settled` earlier changes whose end is now known; `approvals` are requests that
    moved, `awaiting` the changes that they are about; `samples` are what later checks
    hold the pace against.
    """

    check: Check
    organization: Organization
    policies: PolicySet
    at: datetime
    book: FigureBook
    state: OrganizationState
    alerts: tuple[Alert, ...]
    told: tuple[Told, ...]
    change: LimitChange | None
    skipped: tuple[LimitChange, ...]
    ends: tuple[LimitChange, ...]
    settled: tuple[LimitChange, ...]
    facts: tuple[Fact, ...]
    usage: tuple[UsageMonth, ...]
    figures: Figures
    burners: tuple[Burner, ...]
    approvals: tuple[Approval, ...] = ()
    awaiting: tuple[LimitChange, ...] = ()
    samples: tuple[SpendSample, ...] = ()
