"""Keep where the reading of each past month stands."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment

revision = "c41d7e90b2a6"
down_revision = "6e4f1a9c83d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_read",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "period", "workspace", name="pk_past_read"
        ),
    )
