"""Keep what checks read, so that it can be replayed under other policies."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment, Position

revision = "b3d7e04a9c15"
down_revision = "f08b3c6d21e7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("position", Position(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_snapshot"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_snapshot_organization_position", "snapshot", ["organization", "position"]
    )
