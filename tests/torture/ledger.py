"""What the service has written, read past the service: SQL and nothing of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text

_OPEN_CHANGE = ("planned", "requested", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """The identity of an alert that fired (§4.7); a health alert has no policy."""

    organization: str
    policy: str
    threshold: str
    period: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message: for whom, where it stands, and what it tells."""

    id: str
    channel: str
    state: str
    events: tuple[tuple[str, str], ...]  # kind, id of the alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the audit log."""

    chain: str
    at: datetime
    action: str
    target: str
    detail: Mapping[str, Any]


class Ledger:
    """The tables of one database."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # Read only, and closed at once: what a crash left is the service's to mend.
            address = address.set(
                database=f"file:{address.database}", query={"mode": "ro", "uri": "true"}
            )
        pool = {"poolclass": NullPool} if self.is_sqlite else {}
        self._engine = create_engine(address, isolation_level="AUTOCOMMIT", **pool)

    def close(self) -> None:
        self._engine.dispose()

    def firings(self) -> dict[str, Firing]:
        """Give all alerts that ever fired, by their id."""
        return {
            row["id"]: Firing(
                organization=row["organization"],
                policy=row["policy_id"],
                threshold=row["threshold_id"],
                period=row["period"],
                number=row["firing"],
            )
            for row in self._rows("SELECT * FROM alert WHERE fired_at IS NOT NULL")
        }

    def open_changes(self, organization: str | None = None) -> list[dict[str, Any]]:
        """Give the limit changes without an end."""
        return [
            row
            for row in self._rows("SELECT * FROM limit_change")
            if row["state"] in _OPEN_CHANGE
            and organization in {None, row["organization"]}
        ]

    def is_requested(self, organization: str) -> bool:
        states = [row["state"] for row in self.open_changes(organization)]
        return "requested" in states

    def messages(self) -> list[Told]:
        return [
            Told(
                id=row["id"],
                channel=row["channel"],
                state=row["state"],
                events=tuple(
                    (str(event["kind"]), str(event.get("alert_id") or ""))
                    for event in json.loads(row["message"])["events"]
                ),
            )
            for row in self._rows("SELECT * FROM notification ORDER BY position")
        ]

    def decisions(self) -> int:
        """Count the decisions that are written: each that tells has a message."""
        return int(self._rows("SELECT count(*) AS n FROM notification")[0]["n"])

    def message_state(self, message: str) -> str | None:
        sql = "SELECT state FROM notification WHERE id = :id"
        return next((row["state"] for row in self._rows(sql, id=message)), None)

    def entries(self, action: str = "") -> list[Entry]:
        """Give the audit entries whose action begins so, oldest first."""
        sql = "SELECT * FROM audit_entry WHERE action LIKE :action ORDER BY position"
        return [
            Entry(
                chain=row["chain"],
                at=datetime.fromisoformat(row["at"]),
                action=row["action"],
                target=row["target"],
                detail=json.loads(row["detail"]),
            )
            for row in self._rows(sql, action=f"{action}%")
        ]

    def asked_last(self, organization: str) -> int | None:
        """Give the amount of the newest intent in the audit log."""
        sql = (
            "SELECT detail FROM audit_entry WHERE chain = :chain AND action ="
            " 'spend_limit:change:requested' ORDER BY position DESC LIMIT 1"
        )
        for row in self._rows(sql, chain=organization):
            return int(json.loads(row["detail"])["to"]["amount"])
        return None

    def fired_at(self) -> dict[str, datetime]:
        """Give when each alert fired, by its id."""
        rows = self._rows("SELECT id, fired_at FROM alert WHERE fired_at IS NOT NULL")
        return {row["id"]: row["fired_at"] for row in rows}

    def checks(self) -> dict[str, tuple[int, datetime]]:
        """Give for each organization how many checks it had, and when the last was."""
        sql = 'SELECT organization, count(*) AS n, max(at) AS last FROM "check"'
        sql += " GROUP BY organization"
        rows = self._rows(sql)
        return {row["organization"]: (row["n"], row["last"]) for row in rows}

    def is_due(self, now: datetime) -> bool:
        """Say whether a message is to be sent now, or is being sent."""
        sql = (
            "SELECT 1 FROM notification WHERE state = 'sending'"
            " OR (state IN ('pending', 'failed') AND next_attempt_at <= :now) LIMIT 1"
        )
        return bool(self._rows(sql, now=now))

    def leases(self) -> set[str]:
        """Give who holds one: a check under way, or a dead process's."""
        return {row["holder"] for row in self._rows("SELECT holder FROM lease")}

    def let_leases_pass(self, by: timedelta) -> None:
        """Let time pass for leases, whose clock is the database's own."""
        if not self.is_sqlite:
            sql = text("UPDATE lease SET expires_at = expires_at - :by")
            with self._engine.connect() as connection:
                connection.execute(sql, {"by": by})

    def _rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            found = connection.execute(text(sql), values)
            return [dict(row) for row in found.mappings()]
