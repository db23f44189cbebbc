"""Keep silences, and what each alert has not been told of."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment, Position

revision = "41d0c7b9e2a6"
down_revision = "3d90b1f7c2a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "silence",
        sa.Column("position", Position(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("expired_at", Moment(), nullable=True),
        sa.Column("expired_by", sa.String(), nullable=True),
        sa.Column("matchers", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_silence"),
        sa.UniqueConstraint("id", name="uq_silence_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])
    for name in ("muted_by", "muted_kind"):
        op.add_column("alert", sa.Column(name, sa.String(), nullable=True))
    op.create_index(
        "ix_alert_organization_muted_by", "alert", ["organization", "muted_by"]
    )
