"""Give limit changes the moment at which the end of a raise is due."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Moment

revision = "3b7d90e4c5a1"
down_revision = "41d0c7b9e2a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("limit_change", sa.Column("due_at", Moment(), nullable=True))
    op.create_index(
        "ix_limit_change_organization_expires_at",
        "limit_change",
        ["organization", "expires_at"],
    )
