"""Keep when each channel last took a message, whatever becomes of the message."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment

revision = "b7e25f0a9c13"
down_revision = "3e7b9c04d5f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_proof",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("delivered_id", sa.String(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("drilled_at", Moment(), nullable=True),
        sa.Column("head_day", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_proof"),
    )
    op.execute(
        "INSERT INTO channel_proof (channel, since, delivered_at, error)"
        " SELECT channel, MIN(created_at), MAX(delivered_at), ''"
        " FROM notification GROUP BY channel"
    )
