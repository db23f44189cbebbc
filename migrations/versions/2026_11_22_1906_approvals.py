"""Make the tables of approvals and of their page, and tie limit changes to them."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment, Position

revision = "3e7b9c04d5f1"
down_revision = "3b7d90e4c5a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("limit_change", sa.Column("approval_id", sa.String(), nullable=True))
    op.create_table(
        "approval",
        sa.Column("position", Position(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_approval"),
        sa.UniqueConstraint("id", name="uq_approval_id"),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["organization", "position"],
        ["organization", "requested_at"],
        ["state", "position"],
    ):
        op.create_index(f"ix_approval_{'_'.join(columns)}", "approval", columns)
    op.create_table(
        "page_session",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_page_session"),
    )
    op.create_table(
        "page_token",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("approval_id", sa.String(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_page_token"),
    )
