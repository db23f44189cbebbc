"""Keep what checks see of the spend, and what they saw in the last weeks."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Exact, Moment

revision = "f08b3c6d21e7"
down_revision = "8d02b6c7f915"
branch_labels = None
depends_on = None

_SLOT_SECONDS = 15 * 60
_KEPT = timedelta(days=60)
_AT_ONCE = 1000

_CHECK = sa.table(
    "check",
    sa.column("organization", sa.String()),
    sa.column("at", Moment()),
    sa.column("period", sa.String()),
    sa.column("currency", sa.String()),
    sa.column("spend_amount", Exact()),
    sa.column("spend", sa.String()),
)


def upgrade() -> None:
    sample = op.create_table(
        "spend_sample",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("slot", Moment(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "slot", "scope", name="pk_spend_sample"
        ),
    )
    connection = op.get_bind()
    rows = list(_seen(connection).values())
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.insert(sample), rows[first : first + _AT_ONCE])


def _seen(connection: sa.Connection) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Give the last good check of each quarter of an hour."""
    newest = connection.execute(sa.select(sa.func.max(_CHECK.c.at))).scalar()
    if newest is None:
        return {}
    wanted = (
        sa.select(_CHECK)
        .where(
            _CHECK.c.at >= newest - _KEPT,
            _CHECK.c.spend_amount.is_not(None),
            # What only one of two sources said may leap when the other is back.
            _CHECK.c.spend.not_like('%"is_one_sided":true%'),
        )
        .order_by(_CHECK.c.at)
    )
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in connection.execute(wanted):
        into = timedelta(seconds=row.at.timestamp() % _SLOT_SECONDS)
        seen[row.organization, row.at - into] = {
            "organization": row.organization,
            "slot": row.at - into,
            "scope": row.organization,
            "at": row.at,
            "month": row.period,
            "currency": row.currency,
            "amount": row.spend_amount,
        }
    return seen
