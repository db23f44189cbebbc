"""Note which limits a person set below the spend, and insisted."""

import sqlalchemy as sa
from alembic import op

revision = "6e4f1a9c83d2"
down_revision = "b7e25f0a9c13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("limit_change", sa.Column("below_spend", sa.Boolean(), nullable=True))
