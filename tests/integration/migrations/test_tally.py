"""A log written before entries were tallied is counted by the upgrade."""

from alembic import command
from sqlalchemy import text

from service.domain.audit import AuditAction
from service.domain.tally import tallies_of
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.schema import configuration
from tests.unit.domain.test_tally import fact

FACTS = (
    fact(AuditAction.CHECK_COMPLETED, outcome="completed"),
    fact(AuditAction.CHECK_COMPLETED, outcome="completed"),
    fact(AuditAction.CHECK_COMPLETED, chain="beta", outcome="unknown"),
    fact(AuditAction.ALERT_FIRED, detail={"severity": "critical"}),
    fact(AuditAction.ALERT_RESOLVED, detail={"severity": "critical"}),
    fact(AuditAction.NOTIFICATION_DELIVERED, detail={"channel": "finops"}),
    fact(AuditAction.NOTIFICATION_FAILED),
    fact(AuditAction.LIMIT_CHANGE_SKIPPED, reason="cooldown"),
    fact(AuditAction.LIMIT_CHANGE_APPLIED, reason="Zoe asked for it"),
    fact(AuditAction.KEY_REFUSED, chain="system", reason="no_key"),
    fact(AuditAction.SERVICE_STARTED, chain="system"),
)


def test_an_old_log_is_counted_as_a_new_one_would_have_been(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    with SqlUnitOfWork(database) as work:
        work.record(*FACTS)
    with database.writing() as connection:
        connection.execute(text("DROP TABLE audit_tally"))
        config = configuration(connection)
        command.stamp(config, "8c1f6a52d07e")
        # That step alone: what later ones make is there already.
        command.upgrade(config, "3d90b1f7c2a4")
        command.stamp(config, "head")
        connection.commit()

    counts = SqlQueries(database).counts([])
    database.close()
    assert counts.tallies == tallies_of(FACTS)
