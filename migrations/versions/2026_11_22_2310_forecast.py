"""Keep the forecast of each check."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Exact

revision = "8d02b6c7f915"
down_revision = "c41d7e90b2a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("check", sa.Column("forecast_amount", Exact(), nullable=True))
    op.add_column("check", sa.Column("forecast", sa.String(), nullable=True))
