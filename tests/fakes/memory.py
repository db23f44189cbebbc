"""A database in memory: both storage ports over one dictionary per kind of thing."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock

from service.domain.access import ApiKey
from service.domain.alert import Alert, AlertKey, AlertState
from service.domain.audit import AuditEntry, Fact, chain
from service.domain.check import Check, Observation, UsageMonth
from service.domain.expected import point_of
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification, NotificationState
from service.domain.past_read import PastRead
from service.domain.proof import Proof
from service.domain.silence import Silence, SilenceState
from service.domain.state import OrganizationState
from service.domain.tally import tallies_of
from service.domain.usage import UsageSnapshot
from service.ports import (
    AlertFilter,
    Counts,
    Kept,
    Page,
    PageRequest,
    Revision,
    StoredPolicy,
    Survey,
)
from tests.fakes import memory_approvals as approvals
from tests.fakes.counting import firing_of, waiting_of
from tests.fakes.memory_audit import MemoryAudit
from tests.fakes.memory_courses import MemoryCourses, Samples
from tests.fakes.memory_pages import page_of
from tests.fakes.memory_past import Histories, MemoryPast, reads_of, whole_reads
from tests.fakes.memory_proofs import MemoryProofs
from tests.fakes.memory_silences import MemorySilences, in_state
from tests.fakes.memory_snapshots import MemorySnapshots, snapshots_since

_OPEN = {AlertState.PENDING, AlertState.FIRING}
_DUE = {NotificationState.PENDING, NotificationState.FAILED}


class Tables(approvals.ApprovalTables):
    """All that is kept; `entries` is the audit log, of all chains in one list."""

    def __init__(self) -> None:
        super().__init__()
        # As at the real ones, writers take turns; none waits for itself.
        self._turn = Lock()
        self.paused = False
        self.lost_claims: set[str] = set()
        self.states: dict[str, OrganizationState] = {}
        self.alerts_by_id: dict[str, Alert] = {}
        self.changes_by_id: dict[str, LimitChange] = {}
        self.checks_by_id: dict[str, Check] = {}
        self.months: dict[tuple[str, str, str], UsageMonth] = {}
        self.reads: dict[tuple[str, str, str], PastRead] = {}
        self.histories = Histories()
        self.samples: Samples = {}
        self.snapshots: dict[str, tuple[UsageSnapshot, ...]] = {}
        self.entries: list[AuditEntry] = []
        self.notifications_by_id: dict[str, Notification] = {}
        self.revision_list: list[Revision] = []
        self.policies_by_id: dict[str, StoredPolicy] = {}
        self.keys_by_id: dict[str, ApiKey] = {}
        self.silences_by_id: dict[str, Silence] = {}
        self.proofs_by_channel: dict[str, Proof] = {}
        self.head_days: dict[str, str] = {}

    @property
    def facts(self) -> list[Fact]:
        return [entry.fact for entry in self.entries]

    @contextmanager
    def transaction(self) -> Iterator["MemoryUnitOfWork"]:
        with self._turn:
            before = {
                name: copy.copy(value)
                for name, value in vars(self).items()
                if name != "_turn"
            }
            try:
                yield MemoryUnitOfWork(self)
            except BaseException:
                vars(self).update(before)
                raise


class MemoryUnitOfWork(
    MemorySilences,
    MemoryProofs,
    MemoryPast,
    MemoryCourses,
    MemorySnapshots,
    approvals.ApprovalWork,
):
    """Implements `UnitOfWork`; `claim` loses where `lost_claims` names the id."""

    def __init__(self, tables: Tables) -> None:
        MemorySilences.__init__(self, tables)
        approvals.ApprovalWork.__init__(self, tables)
        MemoryProofs.__init__(self, tables)
        MemoryPast.__init__(self, tables)
        MemoryCourses.__init__(self, tables)
        MemorySnapshots.__init__(self, tables)
        self._tables = tables

    def state(self, organization: str) -> OrganizationState:
        fresh = OrganizationState(organization=organization)
        return self._tables.states.get(organization, fresh)

    def save_state(self, state: OrganizationState) -> None:
        self._tables.states[state.organization] = state

    def is_paused(self) -> bool:
        return self._tables.paused

    def set_paused(self, *, paused: bool) -> None:
        self._tables.paused = paused

    def alerts(self, organization: str, since: datetime) -> tuple[Alert, ...]:
        newest: dict[AlertKey, Alert] = {}
        wanted: set[AlertKey] = set()
        for alert in self._tables.alerts_by_id.values():
            if alert.key.organization != organization:
                continue
            known = newest.setdefault(alert.key, alert)
            newest[alert.key] = max(known, alert, key=lambda each: each.firing)
            if alert.is_health or alert.state in _OPEN or _seen_since(alert, since):
                wanted.add(alert.key)
        return tuple(alert for key, alert in newest.items() if key in wanted)

    def limit_changes(
        self, organization: str, since: datetime
    ) -> tuple[LimitChange, ...]:
        found = [
            change
            for change in self._tables.changes_by_id.values()
            if change.organization == organization
            and (
                change.planned_at >= since
                or change.state in approvals.UNSETTLED
                or (change.expires_at is not None and change.expires_at >= since)
            )
        ]
        return tuple(sorted(found, key=lambda change: change.planned_at))

    def observations(
        self, organization: str, since: datetime
    ) -> tuple[Observation, ...]:
        checks = sorted(self._tables.checks_by_id.values(), key=lambda each: each.at)
        return tuple(
            Observation(
                at=check.at,
                spend=check.spend.amount,
                limit=check.limit,
                forecast=point_of(check.forecast),
            )
            for check in checks
            if check.organization == organization and check.at >= since
        )

    def save_alert(self, alert: Alert) -> None:
        self._tables.alerts_by_id[alert.id] = alert

    def alert(self, alert_id: str) -> Alert | None:
        return self._tables.alerts_by_id.get(alert_id)

    def save_limit_change(self, change: LimitChange) -> None:
        self._tables.changes_by_id[change.id] = change

    def save_check(self, check: Check) -> None:
        self._tables.checks_by_id[check.id] = check

    def record(self, *facts: Fact) -> None:
        for fact in facts:
            of_chain = [
                each for each in self._tables.entries if each.fact.chain == fact.chain
            ]
            self._tables.entries.append(chain(of_chain[-1] if of_chain else None, fact))

    def enqueue(self, notification: Notification) -> None:
        self._tables.notifications_by_id.setdefault(notification.id, notification)

    def notification(self, notification_id: str) -> Notification | None:
        return self._tables.notifications_by_id.get(notification_id)

    def save_notification(self, notification: Notification) -> None:
        self._tables.notifications_by_id[notification.id] = notification

    def due_notifications(
        self, channel: str, now: datetime, stale_before: datetime
    ) -> tuple[Notification, ...]:
        due = self.due_anywhere(now, stale_before)
        return tuple(each for each in due if each.channel == channel)

    def due_anywhere(
        self, now: datetime, stale_before: datetime
    ) -> tuple[Notification, ...]:
        return tuple(
            each
            for each in self._tables.notifications_by_id.values()
            if (each.state in _DUE and each.next_attempt_at <= now)
            or (
                each.state is NotificationState.SENDING
                and each.claimed_at is not None
                and each.claimed_at < stale_before
            )
        )

    def failed_notifications(self, channel: str) -> tuple[Notification, ...]:
        return tuple(
            each
            for each in self._tables.notifications_by_id.values()
            if each.channel == channel and each.state is NotificationState.FAILED
        )

    def claim(self, notification: Notification, now: datetime) -> bool:
        kept = self._tables.notifications_by_id.get(notification.id)
        if kept is None or notification.id in self._tables.lost_claims:
            return False
        if _claimed(kept) != _claimed(notification):
            return False
        self.save_notification(
            replace(kept, state=NotificationState.SENDING, claimed_at=now)
        )
        return True

    def save_revision(self, revision: Revision) -> None:
        self._tables.revision_list.append(revision)

    def save_policy(self, policy: StoredPolicy) -> None:
        self._tables.policies_by_id[policy.id] = policy

    def save_key(self, key: ApiKey) -> None:
        self._tables.keys_by_id[key.id] = key

    def touch_key(self, key_id: str, at: datetime) -> None:
        self._tables.keys_by_id[key_id] = replace(
            self._tables.keys_by_id[key_id], last_used_at=at
        )


def _seen_since(alert: Alert, since: datetime) -> bool:
    moments = (alert.pending_at, alert.fired_at, alert.resolved_at)
    return any(at is not None and at >= since for at in moments)


def _claimed(notification: Notification) -> tuple[object, ...]:
    return (notification.state, notification.attempts, notification.claimed_at)


class MemoryQueries(MemoryAudit, approvals.ApprovalQueries):
    """Implements `Queries`; a cursor is the number of items still to come."""

    def __init__(self, tables: Tables) -> None:
        MemoryAudit.__init__(self, tables)
        approvals.ApprovalQueries.__init__(self, tables)
        self._tables = tables

    def survey(self, organizations: Sequence[str], now: datetime) -> Survey:
        return Survey(
            is_paused=self._tables.paused,
            organizations={
                name: Kept(
                    state=self._tables.states.get(name),
                    last_check=self.last_check(name),
                    firing=self.alerts(_firing(name), PageRequest(limit=200)).items,
                    pending=self.pending(name),
                    past_reads=whole_reads(self._tables, name, now),
                )
                for name in organizations
            },
            active_silences=in_state(self._tables, SilenceState.ACTIVE, now),
            proofs=self.proofs(),
        )

    def counts(self, organizations: Sequence[str]) -> Counts:
        return Counts(
            tallies=tallies_of(self._tables.facts),
            firing=firing_of(self._tables.alerts_by_id.values(), organizations),
            waiting=waiting_of(self._tables.notifications_by_id.values()),
        )

    def snapshots(self, organization: str, since: datetime) -> Iterator[UsageSnapshot]:
        return snapshots_since(self._tables, organization, since)

    def proofs(self) -> tuple[Proof, ...]:
        known = self._tables.proofs_by_channel
        return tuple(known[name] for name in sorted(known))

    def silences(
        self, state: SilenceState | None, now: datetime, page: PageRequest
    ) -> Page[Silence]:
        return page_of(in_state(self._tables, state, now), page)

    def organization_states(self) -> tuple[OrganizationState, ...]:
        return tuple(self._tables.states.values())

    def last_check(self, organization: str) -> Check | None:
        checks = self.checks(organization, PageRequest(limit=1)).items
        return checks[0] if checks else None

    def checks(self, organization: str | None, page: PageRequest) -> Page[Check]:
        checks = self._tables.checks_by_id.values()
        found = [each for each in checks if organization in {None, each.organization}]
        return page_of(found, page)

    def check(self, check_id: str) -> Check | None:
        return self._tables.checks_by_id.get(check_id)

    def observations(
        self, organization: str, since: datetime, until: datetime
    ) -> tuple[Observation, ...]:
        unit = MemoryUnitOfWork(self._tables)
        found = unit.observations(organization, since)
        return tuple(each for each in found if each.at < until)

    def usage(self, organization: str, period: str) -> tuple[UsageMonth, ...]:
        months = sorted(self._tables.months.items())
        return tuple(
            month for key, month in months if key[:2] == (organization, period)
        )

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        return reads_of(self._tables, organization)

    def alerts(self, wanted: AlertFilter, page: PageRequest) -> Page[Alert]:
        found = [
            alert
            for alert in self._tables.alerts_by_id.values()
            if wanted.organization in {None, alert.key.organization}
            and wanted.state in {None, alert.state}
            and wanted.policy_id in {None, alert.key.policy_id}
            and alert.state is not AlertState.IDLE
        ]
        return page_of(found, page)

    def alert(self, alert_id: str) -> Alert | None:
        return self._tables.alerts_by_id.get(alert_id)

    def limit_changes(
        self, organization: str | None, page: PageRequest
    ) -> Page[LimitChange]:
        changes = self._tables.changes_by_id.values()
        found = [each for each in changes if organization in {None, each.organization}]
        return page_of(found, page)

    def limit_change(self, change_id: str) -> LimitChange | None:
        return self._tables.changes_by_id.get(change_id)

    def notifications(
        self, channel: str | None, page: PageRequest
    ) -> Page[Notification]:
        kept = self._tables.notifications_by_id.values()
        return page_of([each for each in kept if channel in {None, each.channel}], page)

    def notification(self, notification_id: str) -> Notification | None:
        return self._tables.notifications_by_id.get(notification_id)

    def due_channels(self, now: datetime, stale_before: datetime) -> tuple[str, ...]:
        unit = MemoryUnitOfWork(self._tables)
        due = unit.due_anywhere(now, stale_before)
        return tuple(dict.fromkeys(each.channel for each in due))

    def revisions(self, page: PageRequest) -> Page[Revision]:
        return page_of(self._tables.revision_list, page)

    def last_good_revision(self) -> Revision | None:
        good = [each for each in self._tables.revision_list if each.error is None]
        return good[-1] if good else None

    def stored_policies(self) -> tuple[StoredPolicy, ...]:
        return tuple(self._tables.policies_by_id.values())

    def keys(self) -> tuple[ApiKey, ...]:
        keys = self._tables.keys_by_id.values()
        return tuple(sorted(keys, key=lambda key: key.created_at, reverse=True))

    def key_by_digest(self, digest: str) -> ApiKey | None:
        keys = self._tables.keys_by_id.values()
        return next((key for key in keys if key.digest == digest), None)

    def is_paused(self) -> bool:
        return self._tables.paused

    def is_ready(self) -> None:
        """Never fails."""


def _firing(organization: str) -> AlertFilter:
    return AlertFilter(organization=organization, state=AlertState.FIRING)
