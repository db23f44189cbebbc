"""Reads for the REST API and the command line; no write lock is taken."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from service.domain.access import ApiKey
from service.domain.alert import Alert, AlertState
from service.domain.approval import Approval
from service.domain.audit import AuditEntry
from service.domain.audit_verification import Link
from service.domain.check import Check, Observation, UsageMonth
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification
from service.domain.past_read import PastRead
from service.domain.proof import Proof
from service.domain.silence import Silence, SilenceState
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from service.ports import (
    AlertFilter,
    ApprovalFilter,
    Counts,
    Page,
    PageRequest,
    PageSession,
    Revision,
    StoredPolicy,
    Survey,
)
from service.storage import (
    approvals,
    audit_log,
    counting,
    past,
    proofs,
    reads,
    silences,
    snapshots,
)
from service.storage import survey as surveys
from service.storage.database import Database
from service.storage.pages import page_of
from service.storage.tables import (
    ALERT,
    API_KEY,
    APPROVAL,
    AUDIT_ENTRY,
    CHECK,
    LIMIT_CHANGE,
    NOTIFICATION,
    ORGANIZATION_STATE,
    POLICY_REVISION,
    SILENCE,
    STORED_POLICY,
    USAGE_MONTH,
)
from service.storage.translate.alerts import alert_from_row
from service.storage.translate.approvals import approval_from_row
from service.storage.translate.audit import audit_entry_from_row
from service.storage.translate.changes import limit_change_from_row
from service.storage.translate.checks import (
    check_from_row,
    state_from_row,
    usage_month_from_row,
)
from service.storage.translate.notifications import notification_from_row
from service.storage.translate.policies import (
    key_from_row,
    revision_from_row,
    stored_policy_from_row,
)
from service.storage.translate.silences import silence_from_row


class SqlQueries:
    """Implements `ports.Queries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def survey(self, organizations: Sequence[str], now: datetime) -> Survey:
        with self._database.reading() as connection:
            return surveys.survey(connection, organizations, now)

    def counts(self, organizations: Sequence[str]) -> Counts:
        with self._database.reading() as connection:
            return counting.counts(connection, organizations)

    def organization_states(self) -> tuple[OrganizationState, ...]:
        wanted = select(ORGANIZATION_STATE).order_by(ORGANIZATION_STATE.c.organization)
        with self._database.reading() as connection:
            return tuple(map(state_from_row, connection.execute(wanted)))

    def last_check(self, organization: str) -> Check | None:
        with self._database.reading() as connection:
            return reads.last_check(connection, organization)

    def checks(self, organization: str | None, page: PageRequest) -> Page[Check]:
        wanted = select(CHECK)
        if organization is not None:
            wanted = wanted.where(CHECK.c.organization == organization)
        with self._database.reading() as connection:
            return page_of(connection, CHECK, wanted, page, check_from_row)

    def check(self, check_id: str) -> Check | None:
        with self._database.reading() as connection:
            row = reads.row_with_id(connection, CHECK, check_id)
        return check_from_row(row) if row else None

    def observations(
        self, organization: str, since: datetime, until: datetime
    ) -> tuple[Observation, ...]:
        with self._database.reading() as connection:
            return reads.observations(connection, organization, since, until)

    def snapshots(self, organization: str, since: datetime) -> Iterator[UsageSnapshot]:
        return snapshots.read(self._database.reading, organization, since)

    def usage(self, organization: str, period: str) -> tuple[UsageMonth, ...]:
        wanted = (
            select(USAGE_MONTH)
            .where(
                USAGE_MONTH.c.organization == organization,
                USAGE_MONTH.c.period == period,
            )
            # The empty name, which means all of them, sorts first.
            .order_by(USAGE_MONTH.c.workspace)
        )
        with self._database.reading() as connection:
            return tuple(map(usage_month_from_row, connection.execute(wanted)))

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        with self._database.reading() as connection:
            return past.reads_of(connection, organization)

    def alerts(self, wanted: AlertFilter, page: PageRequest) -> Page[Alert]:
        with self._database.reading() as connection:
            return page_of(connection, ALERT, _alerts(wanted), page, alert_from_row)

    def alert(self, alert_id: str) -> Alert | None:
        with self._database.reading() as connection:
            return reads.alert(connection, alert_id)

    def silences(
        self, state: SilenceState | None, now: datetime, page: PageRequest
    ) -> Page[Silence]:
        wanted = silences.listed(state, now)
        with self._database.reading() as connection:
            return page_of(connection, SILENCE, wanted, page, silence_from_row)

    def limit_changes(
        self, organization: str | None, page: PageRequest
    ) -> Page[LimitChange]:
        wanted = select(LIMIT_CHANGE)
        if organization is not None:
            wanted = wanted.where(LIMIT_CHANGE.c.organization == organization)
        with self._database.reading() as connection:
            return page_of(
                connection, LIMIT_CHANGE, wanted, page, limit_change_from_row
            )

    def limit_change(self, change_id: str) -> LimitChange | None:
        with self._database.reading() as connection:
            row = reads.row_with_id(connection, LIMIT_CHANGE, change_id)
        return limit_change_from_row(row) if row else None

    def approvals(self, wanted: ApprovalFilter, page: PageRequest) -> Page[Approval]:
        listed = approvals.listed(wanted)
        with self._database.reading() as connection:
            return page_of(connection, APPROVAL, listed, page, approval_from_row)

    def approval(self, approval_id: str) -> Approval | None:
        with self._database.reading() as connection:
            return approvals.approval(connection, approval_id)

    def session(self, digest: str) -> PageSession | None:
        with self._database.reading() as connection:
            return approvals.session(connection, digest)

    def notifications(
        self, channel: str | None, page: PageRequest
    ) -> Page[Notification]:
        wanted = select(NOTIFICATION)
        if channel is not None:
            wanted = wanted.where(NOTIFICATION.c.channel == channel)
        with self._database.reading() as connection:
            return page_of(
                connection, NOTIFICATION, wanted, page, notification_from_row
            )

    def notification(self, notification_id: str) -> Notification | None:
        with self._database.reading() as connection:
            return reads.notification(connection, notification_id)

    def due_channels(self, now: datetime, stale_before: datetime) -> tuple[str, ...]:
        with self._database.reading() as connection:
            return reads.due_channels(connection, now, stale_before)

    def proofs(self) -> tuple[Proof, ...]:
        with self._database.reading() as connection:
            return proofs.proofs(connection)

    def audit(
        self, chain: str | None, action: str | None, page: PageRequest
    ) -> Page[AuditEntry]:
        wanted = select(AUDIT_ENTRY)
        if chain is not None:
            wanted = wanted.where(AUDIT_ENTRY.c.chain == chain)
        if action is not None:
            wanted = wanted.where(AUDIT_ENTRY.c.action == action)
        with self._database.reading() as connection:
            return page_of(connection, AUDIT_ENTRY, wanted, page, audit_entry_from_row)

    def audit_chains(self) -> tuple[str, ...]:
        with self._database.reading() as connection:
            return audit_log.chains(connection)

    def audit_entries(self, chain: str, after: int) -> Sequence[AuditEntry]:
        with self._database.reading() as connection:
            return audit_log.entries(connection, chain, after)

    def audit_lines(self, chain: str, after: int) -> Sequence[str]:
        with self._database.reading() as connection:
            return audit_log.lines(connection, chain, after)

    def audit_links(self, chain: str, after: int) -> Sequence[Link]:
        with self._database.reading() as connection:
            return audit_log.links(connection, chain, after)

    def revisions(self, page: PageRequest) -> Page[Revision]:
        wanted = select(POLICY_REVISION)
        with self._database.reading() as connection:
            return page_of(connection, POLICY_REVISION, wanted, page, revision_from_row)

    def last_good_revision(self) -> Revision | None:
        wanted = (
            select(POLICY_REVISION)
            .where(POLICY_REVISION.c.error.is_(None))
            .order_by(POLICY_REVISION.c.position.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return revision_from_row(row) if row else None

    def stored_policies(self) -> tuple[StoredPolicy, ...]:
        wanted = select(STORED_POLICY).order_by(STORED_POLICY.c.id)
        with self._database.reading() as connection:
            return tuple(map(stored_policy_from_row, connection.execute(wanted)))

    def keys(self) -> tuple[ApiKey, ...]:
        wanted = select(API_KEY).order_by(API_KEY.c.created_at.desc(), API_KEY.c.id)
        with self._database.reading() as connection:
            return tuple(map(key_from_row, connection.execute(wanted)))

    def key_by_digest(self, digest: str) -> ApiKey | None:
        wanted = select(API_KEY).where(API_KEY.c.digest == digest)
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return key_from_row(row) if row else None

    def is_paused(self) -> bool:
        with self._database.reading() as connection:
            return reads.is_paused(connection)

    def is_ready(self) -> None:
        self._database.check_schema()


def _alerts(wanted: AlertFilter) -> Select[tuple[object, ...]]:
    listed = select(ALERT).where(ALERT.c.state != AlertState.IDLE.value)
    if wanted.organization is not None:
        listed = listed.where(ALERT.c.organization == wanted.organization)
    if wanted.state is not None:
        listed = listed.where(ALERT.c.state == wanted.state.value)
    if wanted.policy_id is not None:
        listed = listed.where(ALERT.c.policy_id == wanted.policy_id)
    return listed
