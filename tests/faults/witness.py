"""What is known of a run, so that a rule can be held against each of its checks."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NoReturn

from service.domain.alert import Alert
from service.domain.approval import Approval, ApprovalState
from service.domain.audit import AuditEntry
from service.domain.check import Check
from service.domain.limit_change import ChangeKind, LimitChange
from service.domain.notification import Notification
from service.domain.status import OrganizationStatus
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from service.simulator.limit import Limit, LimitMove
from tests.faults.plans import Plan, PolicyPlan
from tests.faults.wire import Call

# An answer that no reader could take for a figure.
EVIDENT = frozenset(
    {
        FaultKind.STATUS,
        FaultKind.HTML,
        FaultKind.CUT_OFF,
        FaultKind.MISSING_FIELD,
        FaultKind.NULL_FIELD,
        FaultKind.NAN_FIELD,
        FaultKind.CURRENCY,
        FaultKind.PRICES_REMOVED,
        FaultKind.NEW_CATEGORY,
        FaultKind.WRONG_PERIOD,
        FaultKind.OVERSIZED,
    }
)
# An answer that looks well and is not true.
LYING = frozenset({FaultKind.JUNK_FIELD, FaultKind.RESTATED, FaultKind.EMPTY_USAGE})


class Broken(AssertionError):
    """A rule does not hold."""


class Trust(Enum):
    """How good the answer was that a figure rests on."""

    HONEST = "honest"
    EVIDENT = "evident"  # bad, and it can be seen
    LIE = "lie"


@dataclass(frozen=True)
class Post:
    """One write of the limit: what was asked, by whom, and under which rules.

    `at` is the product's time; `change` is None for a write that no record explains.
    """

    call: Call
    at: datetime
    amount: int
    is_unlimited: bool
    is_automatic: bool
    change: LimitChange | None
    plan: Plan
    ceiling: int | None

    @property
    def kind(self) -> ChangeKind | None:
        return None if self.change is None else self.change.kind

    @property
    def is_raise(self) -> bool:
        return not self.call.before.unlimited and self.amount > self.call.before.amount

    @property
    def wanted(self) -> Limit:
        amount = self.call.before.amount if self.is_unlimited else self.amount
        return Limit(amount=amount, unlimited=self.is_unlimited)


@dataclass(frozen=True)
class Seen:
    """One check, or one act of a person, with all that was true and came of it.

    `at` is the product's time when it began; `spent` is by policy, what its period
    really came to then, and `total` the organization's month.
    """

    at: datetime
    is_off_calendar: bool
    plan: Plan
    ceiling: int | None
    spent: dict[str, Decimal]
    units: dict[str, int]
    total: Decimal
    total_after: Decimal
    last_month: Decimal
    storage: Decimal
    has_unlisted: bool
    is_rolled: bool
    limit: Limit
    limit_after: Limit
    workspaces: dict[str, str]
    calls: tuple[Call, ...]
    posts: tuple[Post, ...]
    check: Check | None
    status: OrganizationStatus
    alerts: tuple[Alert, ...]
    entries: tuple[AuditEntry, ...]
    notifications: tuple[Notification, ...]
    moves: tuple[LimitMove, ...]
    approvals: tuple[Approval, ...]

    def trust(self, route: Route, workspace: str = "") -> Trust:
        """Say how good the last answer was that was collected from a source."""
        found = [
            call
            for call in self.calls
            if call.is_collecting and (call.route, call.workspace) == (route, workspace)
        ]
        if not found or not found[-1].is_answered or found[-1].faults & EVIDENT:
            return Trust.EVIDENT
        return Trust.LIE if found[-1].faults & LYING else Trust.HONEST

    def workspace(self, policy: PolicyPlan) -> str:
        """Give the workspace a policy's usage is asked for, empty for all."""
        return self.workspaces.get(policy.scope.workspace or "", "")

    @property
    def month_start(self) -> datetime:
        return self.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    @property
    def reaches_back(self) -> bool:
        """Say whether the week began in the month before."""
        return self.at.day <= self.at.weekday()

    @property
    def is_lied_plainly(self) -> bool:
        """Say whether the lies told were large ones."""
        told = {
            each for call in self.calls if call.is_collecting for each in call.faults
        }
        return FaultKind.JUNK_FIELD not in told

    @property
    def sources(self) -> tuple[Trust, Trust]:
        """Give the trust in the two sources of the organization's month."""
        return self.trust(Route.SPEND_LIMIT), self.trust(Route.USAGE)


@dataclass
class History:
    """All that was seen of a run so far."""

    calls: list[Call] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    actions: dict[str, list[str]] = field(default_factory=dict)
    good_at: dict[str, datetime] = field(default_factory=dict)
    bases: dict[str, list[Limit]] = field(default_factory=dict)
    based: set[str] = field(default_factory=set)
    override_until: datetime | None = None
    granted: set[str] = field(default_factory=set)
    approvals: tuple[Approval, ...] = ()
    mismatches: int = 0
    mismatched_in: str = ""
    lied_in: set[str] = field(default_factory=set)
    believed: dict[str, Decimal] = field(default_factory=dict)
    latest: datetime | None = None
    insists: bool = False
    rejected: int = 0
    exempt: int = 0

    def add(self, seen: Seen) -> None:
        """Remember what later checks are held against."""
        self.calls.extend(seen.calls)
        self.posts.extend(seen.posts)
        self.approvals = seen.approvals
        self.latest = max(seen.at, self.latest or seen.at)
        if seen.check is not None and seen.check.spend.amount is not None:
            self.believed[seen.check.period] = seen.check.spend.amount
        self.alerts = {each.id: each for each in seen.alerts}

    @property
    def pending(self) -> list[str]:
        """Give what a person is asked and has not answered."""
        return [
            each.id for each in self.approvals if each.state is ApprovalState.PENDING
        ]

    def good_reads(self, after: int) -> Iterable[Call]:
        """Give the reads of the limit behind a call that showed what was in force."""
        for call in self.calls[after + 1 :]:
            is_true = call.is_answered and not call.faults & (EVIDENT | LYING)
            if call.route is Route.SPEND_LIMIT and is_true:
                yield call


def asked_of(call: Call) -> tuple[int, bool]:
    """Give the amount a write asked for, and whether it asked for no limit."""
    body = json.loads(call.asked)
    return int(body["amount"]), bool(body["no_monthly_limit"])


def require(holds: object, sentence: str) -> None:
    """Raise `Broken` unless something holds."""
    if not holds:
        caller = sys._getframe(1)  # noqa: SLF001 - see `_broken_at`
        raise _broken_at(caller.f_code.co_filename, caller.f_lineno)(sentence)


def broken(sentence: str) -> NoReturn:
    """Raise `Broken`."""
    caller = sys._getframe(1)  # noqa: SLF001 - see `_broken_at`
    raise _broken_at(caller.f_code.co_filename, caller.f_lineno)(sentence)


@cache
def _broken_at(file: str, line: int) -> type[Broken]:
    """Give each rule its own kind of error.

    Who looks for fewer steps to the same end must not end up with another one.
    """
    return type(f"Broken at {Path(file).stem}:{line}", (Broken,), {})
