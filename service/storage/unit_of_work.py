"""One transaction: the only place that commits."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, update

from service.domain.access import ApiKey
from service.domain.alert import Alert
from service.domain.approval import Approval
from service.domain.audit import Fact, Head
from service.domain.check import Check, Observation, UsageMonth
from service.domain.course import Course, SpendSample
from service.domain.guard import Organization
from service.domain.history import History
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification, NotificationState
from service.domain.past_read import PastRead
from service.domain.period import BillingPeriod
from service.domain.silence import Silence
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from service.ports import PageSession, Revision, StoredPolicy
from service.storage import (
    approvals,
    audit_log,
    courses,
    past,
    proofs,
    reads,
    silences,
    snapshots,
)
from service.storage.database import Database
from service.storage.statements import (
    insert_if_new,
    insert_if_unmet,
    upsert,
    upsert_if_different,
)
from service.storage.tables import (
    ALERT,
    API_KEY,
    CHECK,
    LIMIT_CHANGE,
    NOTIFICATION,
    ORGANIZATION_STATE,
    POLICY_REVISION,
    SETTING,
    SILENCE,
    STORED_POLICY,
    USAGE_MONTH,
)
from service.storage.translate.alerts import row_from_alert
from service.storage.translate.changes import row_from_limit_change
from service.storage.translate.checks import (
    row_from_check,
    row_from_state,
    row_from_usage_month,
)
from service.storage.translate.notifications import row_from_notification
from service.storage.translate.policies import (
    row_from_key,
    row_from_revision,
    row_from_stored_policy,
)
from service.storage.translate.silences import row_from_silence


class SqlUnitOfWork:
    """Implements `ports.UnitOfWork`; `with SqlUnitOfWork(database) as work:`.

    Writers queue up at the `with`. Facts get their places in the chains last, so that
    a chain is held for the length of one insert.
    """

    def __init__(self, database: Database, seal_key: bytes | None = None) -> None:
        self._database = database
        self._seal_key = seal_key
        self._dialect = database.dialect
        self._facts: list[Fact] = []
        self._block = self._transaction()
        self._connection: Connection

    def __enter__(self) -> Self:
        self._block.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._block.__exit__(kind, error, trace)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._database.writing() as self._connection:
            yield
            audit_log.append(self._connection, self._facts, self._seal_key)
            self._connection.commit()

    def state(self, organization: str) -> OrganizationState:
        known = reads.state(self._connection, organization)
        return known or OrganizationState(organization=organization)

    def save_state(self, state: OrganizationState) -> None:
        statement = upsert(ORGANIZATION_STATE, self._dialect, "organization")
        self._connection.execute(statement, row_from_state(state))

    def is_paused(self) -> bool:
        return reads.is_paused(self._connection)

    def set_paused(self, *, paused: bool) -> None:
        row = {"name": reads.PAUSED, "value": "true" if paused else "false"}
        self._connection.execute(upsert(SETTING, self._dialect, "name"), row)

    def alerts(self, organization: str, since: datetime) -> tuple[Alert, ...]:
        return reads.alerts_of(self._connection, organization, since)

    def save_alert(self, alert: Alert) -> None:
        row = row_from_alert(alert)
        # An upsert minds one unique index: PostgreSQL refuses it where another writer
        # of the same alert comes to one of the others first.
        self._connection.execute(insert_if_unmet(ALERT, self._dialect), row)
        self._connection.execute(upsert(ALERT, self._dialect), row)

    def alert(self, alert_id: str) -> Alert | None:
        return reads.alert(self._connection, alert_id)

    def muted_alerts(self, organization: str) -> tuple[Alert, ...]:
        return silences.muted_alerts(self._connection, organization)

    def unmute(self, alert: Alert, now: datetime) -> bool:
        return silences.unmute(self._connection, alert, now)

    def active_silences(self, now: datetime) -> tuple[Silence, ...]:
        return silences.active(self._connection, now)

    def silence(self, silence_id: str) -> Silence | None:
        return silences.silence(self._connection, silence_id)

    def save_silence(self, silence: Silence) -> None:
        row = row_from_silence(silence)
        self._connection.execute(upsert(SILENCE, self._dialect), row)

    def limit_changes(
        self, organization: str, since: datetime
    ) -> tuple[LimitChange, ...]:
        return reads.limit_changes_of(self._connection, organization, since)

    def save_limit_change(self, change: LimitChange) -> None:
        row = row_from_limit_change(change)
        self._connection.execute(upsert(LIMIT_CHANGE, self._dialect), row)

    def approvals(self, organization: str, since: datetime) -> tuple[Approval, ...]:
        return approvals.approvals_of(self._connection, organization, since)

    def approval(self, approval_id: str) -> Approval | None:
        return approvals.approval(self._connection, approval_id)

    def save_approval(self, approval: Approval) -> None:
        approvals.save(self._connection, approval, self._dialect)

    def open_session(self, session: PageSession, now: datetime) -> None:
        approvals.open_session(self._connection, session, now)

    def save_token(self, digest: str, session: PageSession, approval_id: str) -> None:
        approvals.save_token(self._connection, digest, session, approval_id)

    def take_token(self, digest: str, session: PageSession, approval_id: str) -> bool:
        return approvals.take_token(self._connection, digest, session, approval_id)

    def observations(
        self, organization: str, since: datetime
    ) -> tuple[Observation, ...]:
        return reads.observations(self._connection, organization, since)

    def save_check(self, check: Check) -> None:
        self._connection.execute(upsert(CHECK, self._dialect), row_from_check(check))

    def save_usage(self, month: UsageMonth) -> None:
        statement = upsert_if_different(USAGE_MONTH, self._dialect)
        self._connection.execute(statement, row_from_usage_month(month))

    def usage(
        self, organization: str, period: str, workspace: str
    ) -> UsageMonth | None:
        return past.usage(self._connection, organization, period, workspace)

    def history(
        self, organization: str, currency: str, before: BillingPeriod
    ) -> History:
        held = self._database.histories
        return past.history(self._connection, held, organization, currency, before)

    def courses(
        self, organization: Organization, scopes: Collection[str], now: datetime
    ) -> Mapping[str, Course]:
        held = self._database.courses
        return courses.courses(self._connection, held, organization, scopes, now)

    def save_samples(self, organization: str, samples: Iterable[SpendSample]) -> None:
        courses.save(self._connection, organization, samples)

    def save_snapshot(self, snapshot: UsageSnapshot, kept: timedelta) -> None:
        held = self._database.snapshots
        snapshots.save(self._connection, held, snapshot, kept)

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        return past.reads_of(self._connection, organization)

    def save_past_read(self, read: PastRead, before: PastRead | None) -> bool:
        return past.save_read(self._connection, read, before)

    def record(self, *facts: Fact) -> None:
        self._facts.extend(facts)

    def enqueue(self, notification: Notification) -> None:
        # One that is there may be delivered already: a replay must not send it again.
        statement = insert_if_new(NOTIFICATION, self._dialect)
        self._connection.execute(statement, row_from_notification(notification))

    def notification(self, notification_id: str) -> Notification | None:
        return reads.notification(self._connection, notification_id)

    def save_notification(self, notification: Notification) -> None:
        row = row_from_notification(notification)
        self._connection.execute(upsert(NOTIFICATION, self._dialect), row)

    def due_notifications(
        self, channel: str, now: datetime, stale_before: datetime
    ) -> tuple[Notification, ...]:
        return reads.due_notifications(self._connection, channel, now, stale_before)

    def failed_notifications(self, channel: str) -> tuple[Notification, ...]:
        return reads.failed_notifications(self._connection, channel)

    def claim(self, notification: Notification, now: datetime) -> bool:
        columns = NOTIFICATION.c
        taken = (
            update(NOTIFICATION)
            .where(
                columns.id == notification.id,
                columns.state == notification.state.value,
                columns.attempts == notification.attempts,
                columns.claimed_at.is_not_distinct_from(notification.claimed_at),
            )
            .values(state=NotificationState.SENDING.value, claimed_at=now)
        )
        return self._connection.execute(taken).rowcount == 1

    def note_channel(self, channel: str, at: datetime) -> None:
        proofs.note(self._connection, channel, at)

    def note_delivered(self, channel: str, notification_id: str, at: datetime) -> None:
        proofs.change(
            self._connection,
            channel,
            at,
            delivered_at=at,
            delivered_id=notification_id,
        )

    def note_failed(self, channel: str, error: str, at: datetime) -> None:
        proofs.change(self._connection, channel, at, failed_at=at, error=error)

    def claim_drill(self, channel: str, before: datetime | None, at: datetime) -> bool:
        return proofs.claim_drill(self._connection, channel, before, at)

    def claim_heads(self, channel: str, day: str, at: datetime) -> bool:
        return proofs.claim_heads(self._connection, channel, day, at)

    def audit_heads(self, first: Sequence[str], most: int) -> tuple[Head, ...]:
        return proofs.heads(self._connection, first, most)

    def save_revision(self, revision: Revision) -> None:
        self._connection.execute(insert(POLICY_REVISION), row_from_revision(revision))

    def save_policy(self, policy: StoredPolicy) -> None:
        row = row_from_stored_policy(policy)
        self._connection.execute(upsert(STORED_POLICY, self._dialect), row)

    def save_key(self, key: ApiKey) -> None:
        self._connection.execute(upsert(API_KEY, self._dialect), row_from_key(key))

    def touch_key(self, key_id: str, at: datetime) -> None:
        # One column alone: a key revoked meanwhile must stay revoked.
        statement = update(API_KEY).where(API_KEY.c.id == key_id)
        self._connection.execute(statement.values(last_used_at=at))
