"""What storage keeps from check to check, held in memory while a past is replayed."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.alert import Alert, AlertKey, AlertState
from service.domain.approval import Approval
from service.domain.check import Check, Observation, UsageMonth
from service.domain.course import Course, SpendSample, slot_of
from service.domain.decision import Memory
from service.domain.expected import point_of
from service.domain.guard import Organization
from service.domain.history import History
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.past_read import past_months
from service.domain.period import BillingPeriod, month_called, month_of, previous_month
from service.domain.policy import Policy
from service.domain.policy_set import paced_scopes

_DAY = timedelta(days=1)
_OPEN = frozenset({AlertState.PENDING, AlertState.FIRING})
_ENDED = frozenset(
    {
        ChangeState.APPLIED,
        ChangeState.FAILED,
        ChangeState.SKIPPED,
        ChangeState.DENIED,
        ChangeState.EXPIRED,
    }
)


class ReplayMemory:
    """State, alerts, changes, approvals, observations, courses and past months.

    Each is given to a check exactly as storage gives it, in the same order. Of the
    `start`, the history is left out: the months themselves are taught with `learn`.
    """

    def __init__(
        self, start: Memory, organization: Organization, policies: Iterable[Policy]
    ) -> None:
        self.start = start
        self.state = start.state
        self.is_paused = start.is_paused
        self._organization = organization
        self._paced = tuple(paced_scopes(policies))
        self._alerts = dict(start.alerts)
        self._changes = {each.id: each for each in start.changes}
        self._approvals = {each.id: each for each in start.approvals}
        self._observations = deque(start.observations)
        self._courses = dict(start.courses)
        # The last sample of the quarter of an hour that is not over, by scope.
        self._latest: dict[str, SpendSample] = {}
        self._months: dict[tuple[str, str], UsageMonth] = {}
        self._history: tuple[BillingPeriod, History] | None = None

    def as_of(self, now: datetime) -> Memory:
        """Give all that a check at this moment starts from."""
        while self._observations and self._observations[0].at < now - _DAY:
            self._observations.popleft()
        return replace(
            self.start,
            state=self.state,
            alerts=self.alerts(now),
            changes=self.changes(now),
            approvals=self._approvals_since(_since(now)),
            observations=tuple(self._observations),
            is_paused=self.is_paused,
            history=self._history_before(month_of(now)),
            courses={scope: self._course(scope) for scope in self._paced},
        )

    def alerts(self, now: datetime) -> dict[AlertKey, Alert]:
        """Give the newest firing per identity that may still matter."""
        since = _since(now)
        return {
            key: alert
            for key, alert in self._alerts.items()
            if alert.is_health or alert.state in _OPEN or _seen_since(alert, since)
        }

    def alert(self, alert_id: str) -> Alert | None:
        """Give the newest firing of an identity by its id."""
        return next((a for a in self._alerts.values() if a.id == alert_id), None)

    def changes(self, now: datetime) -> tuple[LimitChange, ...]:
        """Give the limit changes that may still matter, in the order of their plans."""
        since = _since(now)
        return tuple(
            change
            for change in self._changes.values()
            if change.planned_at >= since
            or change.state not in _ENDED
            or (change.expires_at is not None and change.expires_at >= since)
        )

    def approval(self, approval_id: str) -> Approval | None:
        """Give one request for approval."""
        return self._approvals.get(approval_id)

    def approvals(self) -> tuple[Approval, ...]:
        """Give all requests there were, in the order in which they were made."""
        return tuple(self._approvals.values())

    def _approvals_since(self, since: datetime) -> tuple[Approval, ...]:
        return tuple(
            each
            for each in self._approvals.values()
            if each.is_open or each.requested_at >= since
        )

    def save_alert(self, alert: Alert) -> None:
        """Keep an alert; a new firing comes after all others, as its row does."""
        known = self._alerts.get(alert.key)
        if known is not None and known.firing != alert.firing:
            del self._alerts[alert.key]
        self._alerts[alert.key] = alert

    def save_change(self, change: LimitChange) -> None:
        """Keep a limit change."""
        self._changes[change.id] = change

    def save_approval(self, approval: Approval) -> None:
        """Keep a request for approval."""
        self._approvals[approval.id] = approval

    def observe(self, check: Check) -> None:
        """Keep what a check saw of spend and limit."""
        seen = Observation(
            at=check.at,
            spend=check.spend.amount,
            limit=check.limit,
            forecast=point_of(check.forecast),
        )
        self._observations.append(seen)

    def save_samples(self, samples: Iterable[SpendSample]) -> None:
        """Keep what a check saw; the last of a quarter of an hour stands for it."""
        for sample in samples:
            last = self._latest.get(sample.scope)
            if last is not None and slot_of(last.at) != slot_of(sample.at):
                self._courses[sample.scope] = self._course(sample.scope)
            self._latest[sample.scope] = sample

    def _course(self, scope: str) -> Course:
        known = self._courses.get(scope) or Course()
        last = self._latest.get(scope)
        return known if last is None else known.with_samples([last])

    def save_usage(self, month: UsageMonth) -> None:
        """Keep a month as a check read it; one that did not change stays as it was."""
        place = (month.workspace, month.period)
        known = self._months.get(place)
        if known is None or known.lines != month.lines:
            self._months[place] = month

    def learn(self, month: UsageMonth) -> None:
        """Keep a month as it was read on purpose, known until when it was read."""
        self._months[month.workspace, month.period] = month
        self._history = None

    def _history_before(self, month: BillingPeriod) -> History:
        if self._history is None or self._history[0] != month:
            wanted = {each.key for each in past_months(month)}
            known = (
                replace(each, captured_at=min(each.captured_at, _end_of(each)))
                for each in self._months.values()
                if each.period in wanted
            )
            history = History(known, self._organization.currency, month)
            self._history = (month, history)
        return self._history[1]


def _since(now: datetime) -> datetime:
    return previous_month(month_of(now)).start


def _end_of(month: UsageMonth) -> datetime:
    return month_called(month.period).end


def _seen_since(alert: Alert, since: datetime) -> bool:
    moments = (alert.pending_at, alert.fired_at, alert.resolved_at)
    return any(at is not None and at >= since for at in moments)
