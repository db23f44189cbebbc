"""Count the audit log's entries as they are written."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Position

revision = "3d90b1f7c2a4"
down_revision = "8c1f6a52d07e"
branch_labels = None
depends_on = None

_DETAIL = {
    "sqlite": "json_extract(detail, '$.{name}')",
    "postgresql": "CAST(detail AS json) ->> '{name}'",
}
_COUNT = """
    INSERT INTO audit_tally (chain, action, label, number)
    SELECT chain, action, label, count(*) FROM (
      SELECT chain, action, CASE
          WHEN action = 'check:completed' THEN outcome
          WHEN action = 'alert:fired' THEN coalesce({severity}, '')
          WHEN action LIKE 'notification:%' THEN coalesce({channel}, '')
          WHEN reason IN (
            'observe_mode', 'cooldown', 'guardrail', 'paused', 'doubtful_data',
            'overridden', 'circuit_open', 'superseded', 'no_change',
            'not_in_force', 'overtaken', 'rejected') THEN reason
          ELSE '' END AS label
      FROM audit_entry WHERE action IN (
        'check:completed', 'alert:fired', 'notification:delivered',
        'notification:failed', 'notification:abandoned',
        'spend_limit:change:requested', 'spend_limit:change:applied',
        'spend_limit:change:failed', 'spend_limit:change:unknown',
        'spend_limit:change:skipped', 'policy:loaded', 'policy:refused',
        'key:refused')
    ) AS entry GROUP BY chain, action, label
"""


def upgrade() -> None:
    op.create_table(
        "audit_tally",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("chain", "action", "label")
        ),
        sa.Column("number", Position(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "action", "label", name="pk_audit_tally"),
    )
    detail = _DETAIL[op.get_bind().dialect.name]
    op.execute(
        sa.text(
            _COUNT.format(
                severity=detail.format(name="severity"),
                channel=detail.format(name="channel"),
            )
        )
    )
