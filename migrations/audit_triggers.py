"""Triggers that keep the audit log append-only, on each database in its own words.

They stop mistakes and ordinary tools; who owns the database can drop them, and is
found out by the hashes.
"""

from alembic import op

_SQLITE = (
    """
    CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry
    BEGIN
      SELECT RAISE(ABORT, 'the audit log is append-only');
    END
    """,
    """
    CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry
    BEGIN
      SELECT RAISE(ABORT, 'the audit log is append-only');
    END
    """,
    # The first test stops INSERT OR REPLACE where recursive triggers are off: the
    # row in the way would go without firing the trigger above.
    """
    CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
    BEGIN
      SELECT RAISE(ABORT, 'the audit log is append-only')
        WHERE EXISTS (SELECT 1 FROM audit_entry WHERE position = NEW.position);
      SELECT RAISE(ABORT, 'an audit entry must follow the head of its chain')
        WHERE NEW.seq IS NOT coalesce(
            (SELECT max(seq) FROM audit_entry WHERE chain = NEW.chain), 0) + 1
          OR NEW.previous_hash IS NOT coalesce(
            (SELECT hash FROM audit_entry WHERE chain = NEW.chain
              ORDER BY seq DESC LIMIT 1), printf('%064d', 0));
    END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '23000';
    END $$
    """,
    """
    CREATE TRIGGER audit_entry_update BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
    """,
    # The lock is the one that the service's own appends take: a chain has one writer.
    """
    CREATE FUNCTION audit_entry_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE head record;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || NEW.chain, 0));
      SELECT seq, hash INTO head FROM audit_entry WHERE chain = NEW.chain
        ORDER BY seq DESC LIMIT 1;
      IF NEW.seq IS DISTINCT FROM coalesce(head.seq, 0) + 1
        OR NEW.previous_hash IS DISTINCT FROM coalesce(head.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'an audit entry must follow the head of its chain'
          USING ERRCODE = '23000';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_follow()
    """,
)


def create_audit_triggers() -> None:
    """Create them on the database that is being upgraded."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)
