"""Make the tables, and guard the audit log by triggers."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from migrations.audit_triggers import create_audit_triggers
from service.storage.columns import Exact, Moment, Position

revision = "8c1f6a52d07e"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for create in _TABLES:
        create()
    create_audit_triggers()


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[datetime]]:
    return [sa.Column(name, Moment(), nullable=nullable) for name in names]


def _create_organization_state() -> None:
    op.create_table(
        "organization_state",
        *_texts("organization", "document"),
        sa.PrimaryKeyConstraint("organization", name="pk_organization_state"),
    )


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("position", Position(), nullable=False),
        *_texts("id", "organization", "policy_id", "threshold_id", "scope", "period"),
        sa.Column("firing", sa.Integer(), nullable=False),
        *_texts("kind", "severity", "state"),
        sa.Column("value", Exact(), nullable=True),
        sa.Column("bound", Exact(), nullable=True),
        *_texts("unit"),
        *_moments("pending_at", "last_true_at", nullable=True),
        sa.Column("held_microseconds", Position(), nullable=False),
        *_moments("fired_at", "resolved_at", "seen_at", nullable=True),
        *_texts("reason"),
        *_texts("acknowledged_by", nullable=True),
        *_moments("acknowledged_at", "last_told_at", nullable=True),
        sa.Column("effect_done", sa.Boolean(), nullable=False),
        *_texts("skips"),
        sa.PrimaryKeyConstraint("position", name="pk_alert"),
        sa.UniqueConstraint("id", name="uq_alert_id"),
        sa.UniqueConstraint(
            "organization",
            "policy_id",
            "threshold_id",
            "scope",
            "period",
            "firing",
            name="uq_alert_identity",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_alert_organization_position", "alert", ["organization", "position"]
    )
    op.create_index(
        "ix_alert_organization_seen_at", "alert", ["organization", "seen_at"]
    )
    op.create_index("ix_alert_organization_state", "alert", ["organization", "state"])
    op.create_index("ix_alert_policy_id_position", "alert", ["policy_id", "position"])


def _create_limit_change() -> None:
    op.create_table(
        "limit_change",
        sa.Column("position", Position(), nullable=False),
        *_texts("id", "organization", "kind", "state"),
        *_texts("limit_before", "limit_after", nullable=True),
        sa.Column("exact", Exact(), nullable=True),
        *_texts("observed", nullable=True),
        *_texts("period"),
        *_moments("planned_at"),
        *_moments("requested_at", "settled_at", "expires_at", nullable=True),
        *_texts("requested_by"),
        *_texts("policy_id", "threshold_id", "alert_id", nullable=True),
        *_texts("reason", "note"),
        sa.PrimaryKeyConstraint("position", name="pk_limit_change"),
        sa.UniqueConstraint("id", name="uq_limit_change_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_limit_change_organization_planned_at",
        "limit_change",
        ["organization", "planned_at"],
    )
    op.create_index(
        "ix_limit_change_organization_position",
        "limit_change",
        ["organization", "position"],
    )
    op.create_index(
        "ix_limit_change_organization_state", "limit_change", ["organization", "state"]
    )


def _create_check() -> None:
    op.create_table(
        "check",
        sa.Column("position", Position(), nullable=False),
        *_texts("id", "organization"),
        *_moments("at"),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        *_texts("outcome", "period", "currency"),
        sa.Column("spend_amount", Exact(), nullable=True),
        *_texts("spend_limit", nullable=True),
        sa.Column("burn_rate", Exact(), nullable=True),
        *_texts("change_id", "revision", nullable=True),
        *_texts("spend", "alerts_fired", "decisions"),
        sa.PrimaryKeyConstraint("position", name="pk_check"),
        sa.UniqueConstraint("id", name="uq_check_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_check_organization_at", "check", ["organization", "at"])
    op.create_index(
        "ix_check_organization_position", "check", ["organization", "position"]
    )


def _create_usage_month() -> None:
    op.create_table(
        "usage_month",
        *_texts("organization", "period", "workspace", "currency"),
        *_moments("captured_at"),
        *_texts("digest", "lines"),
        sa.PrimaryKeyConstraint(
            "organization", "period", "workspace", name="pk_usage_month"
        ),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("position", Position(), nullable=False),
        *_texts("id", "channel", "organization", "state"),
        *_moments("created_at", "next_attempt_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_moments("claimed_at", "delivered_at", nullable=True),
        *_texts("error"),
        sa.Column("fallback_sent", sa.Boolean(), nullable=False),
        *_texts("fallback_for", "merged_into", nullable=True),
        *_texts("message"),
        sa.PrimaryKeyConstraint("position", name="pk_notification"),
        sa.UniqueConstraint("id", name="uq_notification_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_notification_channel_position", "notification", ["channel", "position"]
    )
    op.create_index(
        "ix_notification_state_next_attempt_at",
        "notification",
        ["state", "next_attempt_at"],
    )


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("position", Position(), nullable=False),
        *_texts("chain"),
        sa.Column("seq", Position(), nullable=False),
        *_texts("at", "actor", "action", "target", "outcome", "reason"),
        *_texts("policy_id", "policy_revision", "policy_commit", nullable=True),
        *_texts("previous_hash", "hash"),
        *_texts("seal", nullable=True),
        *_texts("detail"),
        sa.PrimaryKeyConstraint("position", name="pk_audit_entry"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_audit_entry_action_position", "audit_entry", ["action", "position"]
    )
    op.create_index(
        "ix_audit_entry_chain_position", "audit_entry", ["chain", "position"]
    )
    op.create_index("ix_audit_entry_chain_seq", "audit_entry", ["chain", "seq"])


def _create_policy_revision() -> None:
    op.create_table(
        "policy_revision",
        sa.Column("position", Position(), nullable=False),
        *_texts("revision"),
        *_moments("loaded_at"),
        *_texts("source"),
        *_texts("git_commit", "author", "error", nullable=True),
        *_texts("texts"),
        sa.PrimaryKeyConstraint("position", name="pk_policy_revision"),
        sqlite_autoincrement=True,
    )


def _create_stored_policy() -> None:
    op.create_table(
        "stored_policy",
        *_texts("id", "revision"),
        *_moments("put_at"),
        *_texts("put_by"),
        *_moments("retired_at", nullable=True),
        *_texts("retired_reason", "text"),
        sa.PrimaryKeyConstraint("id", name="pk_stored_policy"),
    )


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        *_texts("id", "name", "role", "digest"),
        *_moments("created_at"),
        *_moments("expires_at", "revoked_at", "last_used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
    )


def _create_setting() -> None:
    op.create_table(
        "setting",
        *_texts("name", "value"),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def _create_lease() -> None:
    op.create_table(
        "lease",
        *_texts("organization", "holder"),
        *_moments("expires_at"),
        sa.PrimaryKeyConstraint("organization", name="pk_lease"),
    )


_TABLES = (
    _create_organization_state,
    _create_alert,
    _create_limit_change,
    _create_check,
    _create_usage_month,
    _create_notification,
    _create_audit_entry,
    _create_policy_revision,
    _create_stored_policy,
    _create_api_key,
    _create_setting,
    _create_lease,
)
