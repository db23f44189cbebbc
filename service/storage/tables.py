"""The tables: rows only, no behaviour.

`position` orders the lists and their cursors. Columns that hold JSON are texts, wide
ones last, so that a reader of the narrow ones need not touch them.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, Table, UniqueConstraint
from sqlmodel import Field

from service.storage.columns import Exact, Moment, Position
from service.storage.rows import GROWING, Row


class OrganizationStateRow(Row, table=True):
    __tablename__ = "organization_state"

    organization: str = Field(primary_key=True)
    document: str


class AlertRow(Row, table=True):
    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint(
            "organization",
            "policy_id",
            "threshold_id",
            "scope",
            "period",
            "firing",
            name="uq_alert_identity",
        ),
        Index(None, "organization", "position"),
        Index(None, "organization", "state"),
        Index(None, "organization", "seen_at"),
        Index(None, "organization", "muted_by"),
        Index(None, "policy_id", "position"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    organization: str
    policy_id: str
    threshold_id: str
    scope: str
    period: str
    firing: int
    kind: str
    severity: str
    state: str
    value: Decimal | None = Field(sa_type=Exact)
    bound: Decimal | None = Field(sa_type=Exact)
    unit: str
    pending_at: datetime | None = Field(sa_type=Moment)
    last_true_at: datetime | None = Field(sa_type=Moment)
    held_microseconds: int = Field(sa_type=Position)
    fired_at: datetime | None = Field(sa_type=Moment)
    resolved_at: datetime | None = Field(sa_type=Moment)
    seen_at: datetime | None = Field(sa_type=Moment)
    reason: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None = Field(sa_type=Moment)
    last_told_at: datetime | None = Field(sa_type=Moment)
    effect_done: bool
    skips: str
    muted_by: str | None
    muted_kind: str | None


class LimitChangeRow(Row, table=True):
    __tablename__ = "limit_change"
    __table_args__ = (
        Index(None, "organization", "position"),
        Index(None, "organization", "planned_at"),
        Index(None, "organization", "expires_at"),
        Index(None, "organization", "state"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    organization: str
    kind: str
    state: str
    limit_before: str | None
    limit_after: str | None
    exact: Decimal | None = Field(sa_type=Exact)
    observed: str | None
    period: str
    planned_at: datetime = Field(sa_type=Moment)
    requested_at: datetime | None = Field(sa_type=Moment)
    settled_at: datetime | None = Field(sa_type=Moment)
    expires_at: datetime | None = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    below_spend: bool | None
    requested_by: str
    policy_id: str | None
    threshold_id: str | None
    alert_id: str | None
    reason: str
    note: str
    approval_id: str | None


class ApprovalRow(Row, table=True):
    __tablename__ = "approval"
    __table_args__ = (
        Index(None, "organization", "position"),
        Index(None, "organization", "requested_at"),
        Index(None, "state", "position"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    organization: str
    state: str
    is_open: bool
    requested_at: datetime = Field(sa_type=Moment)
    document: str


class PageSessionRow(Row, table=True):
    __tablename__ = "page_session"

    digest: str = Field(primary_key=True)
    key_id: str
    expires_at: datetime = Field(sa_type=Moment)


class PageTokenRow(Row, table=True):
    __tablename__ = "page_token"

    digest: str = Field(primary_key=True)
    session: str
    approval_id: str
    expires_at: datetime = Field(sa_type=Moment)


class CheckRow(Row, table=True):
    __tablename__ = "check"
    __table_args__ = (
        Index(None, "organization", "position"),
        Index(None, "organization", "at"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    organization: str
    at: datetime = Field(sa_type=Moment)
    took_ms: int
    outcome: str
    period: str
    currency: str
    spend_amount: Decimal | None = Field(sa_type=Exact)
    spend_limit: str | None
    burn_rate: Decimal | None = Field(sa_type=Exact)
    forecast_amount: Decimal | None = Field(default=None, sa_type=Exact)
    forecast: str | None = None
    change_id: str | None
    revision: str | None
    spend: str
    alerts_fired: str
    decisions: str


class UsageMonthRow(Row, table=True):
    __tablename__ = "usage_month"

    organization: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    currency: str
    captured_at: datetime = Field(sa_type=Moment)
    digest: str
    lines: str


class PastReadRow(Row, table=True):
    __tablename__ = "past_read"

    organization: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    currency: str
    read_at: datetime | None = Field(sa_type=Moment)
    failed_at: datetime | None = Field(sa_type=Moment)
    failures: int
    reason: str
    detail: str


class SpendSampleRow(Row, table=True):
    __tablename__ = "spend_sample"

    organization: str = Field(primary_key=True)
    slot: datetime = Field(primary_key=True, sa_type=Moment)
    scope: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    month: str
    currency: str
    amount: Decimal = Field(sa_type=Exact)


class SnapshotRow(Row, table=True):
    __tablename__ = "snapshot"
    __table_args__ = (Index(None, "organization", "position"), GROWING)

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    organization: str
    at: datetime = Field(sa_type=Moment)
    is_whole: bool
    document: str


class NotificationRow(Row, table=True):
    __tablename__ = "notification"
    __table_args__ = (
        Index(None, "channel", "position"),
        Index(None, "state", "next_attempt_at"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    channel: str
    organization: str
    state: str
    created_at: datetime = Field(sa_type=Moment)
    next_attempt_at: datetime = Field(sa_type=Moment)
    attempts: int
    claimed_at: datetime | None = Field(sa_type=Moment)
    delivered_at: datetime | None = Field(sa_type=Moment)
    error: str
    fallback_sent: bool
    fallback_for: str | None
    merged_into: str | None
    message: str


class AuditEntryRow(Row, table=True):
    """Guarded by triggers; no UNIQUE but the key, for a conflict can replace a row."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "chain", "seq"),
        Index(None, "chain", "position"),
        Index(None, "action", "position"),
        GROWING,
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    chain: str
    seq: int = Field(sa_type=Position)
    at: str
    actor: str
    action: str
    target: str
    outcome: str
    reason: str
    policy_id: str | None
    policy_revision: str | None
    policy_commit: str | None
    previous_hash: str
    hash: str
    seal: str | None
    detail: str


class AuditTallyRow(Row, table=True):
    """Counts of the audit log's entries, so that nobody has to count them."""

    __tablename__ = "audit_tally"

    chain: str = Field(primary_key=True)
    action: str = Field(primary_key=True)
    label: str = Field(primary_key=True)
    number: int = Field(sa_type=Position)


class PolicyRevisionRow(Row, table=True):
    __tablename__ = "policy_revision"
    __table_args__ = (GROWING,)

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    revision: str
    loaded_at: datetime = Field(sa_type=Moment)
    source: str
    git_commit: str | None
    author: str | None
    error: str | None
    texts: str


class StoredPolicyRow(Row, table=True):
    __tablename__ = "stored_policy"

    id: str = Field(primary_key=True)
    revision: str
    put_at: datetime = Field(sa_type=Moment)
    put_by: str
    retired_at: datetime | None = Field(sa_type=Moment)
    retired_reason: str
    text: str


class ApiKeyRow(Row, table=True):
    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    name: str
    role: str
    digest: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime | None = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(sa_type=Moment)
    last_used_at: datetime | None = Field(sa_type=Moment)


class ChannelProofRow(Row, table=True):
    __tablename__ = "channel_proof"

    channel: str = Field(primary_key=True)
    since: datetime = Field(sa_type=Moment)
    delivered_at: datetime | None = Field(sa_type=Moment)
    delivered_id: str | None
    failed_at: datetime | None = Field(sa_type=Moment)
    error: str
    drilled_at: datetime | None = Field(sa_type=Moment)
    head_day: str | None


class SilenceRow(Row, table=True):
    __tablename__ = "silence"
    __table_args__ = (Index(None, "ends_at"), GROWING)

    position: int | None = Field(default=None, primary_key=True, sa_type=Position)
    id: str = Field(unique=True)
    starts_at: datetime = Field(sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    created_by: str
    comment: str
    expired_at: datetime | None = Field(sa_type=Moment)
    expired_by: str | None
    matchers: str


class SettingRow(Row, table=True):
    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str


class LeaseRow(Row, table=True):
    __tablename__ = "lease"

    organization: str = Field(primary_key=True)
    holder: str
    expires_at: datetime = Field(sa_type=Moment)


METADATA = Row.metadata


def _table(row: type[Row]) -> Table:
    return METADATA.tables[str(row.__tablename__)]


ORGANIZATION_STATE = _table(OrganizationStateRow)
ALERT = _table(AlertRow)
LIMIT_CHANGE = _table(LimitChangeRow)
APPROVAL = _table(ApprovalRow)
PAGE_SESSION = _table(PageSessionRow)
PAGE_TOKEN = _table(PageTokenRow)
CHECK = _table(CheckRow)
USAGE_MONTH = _table(UsageMonthRow)
PAST_READ = _table(PastReadRow)
SPEND_SAMPLE = _table(SpendSampleRow)
SNAPSHOT = _table(SnapshotRow)
NOTIFICATION = _table(NotificationRow)
AUDIT_ENTRY = _table(AuditEntryRow)
AUDIT_TALLY = _table(AuditTallyRow)
POLICY_REVISION = _table(PolicyRevisionRow)
STORED_POLICY = _table(StoredPolicyRow)
API_KEY = _table(ApiKeyRow)
CHANNEL_PROOF = _table(ChannelProofRow)
SILENCE = _table(SilenceRow)
SETTING = _table(SettingRow)
