"""Every fact of the audit log is a log line too, once its transaction has happened."""

from types import TracebackType

import structlog
from typing_extensions import override

from service.domain.audit import AuditAction, Fact
from service.storage import Database, SqlUnitOfWork

_LIMIT_CHANGE = "spend_limit:change:"

log = structlog.stdlib.get_logger("spendguard")


def event_of(action: AuditAction) -> str:
    """Give the log's name of a fact: `alert.fired`, `limit_change.applied`."""
    name = action.value
    if name.startswith(_LIMIT_CHANGE):
        name = f"limit_change:{name.removeprefix(_LIMIT_CHANGE)}"
    return name.replace(":", ".")


class LoggedUnitOfWork(SqlUnitOfWork):
    """A transaction that tells the log what it recorded, after its commit."""

    def __init__(self, database: Database, seal_key: bytes | None) -> None:
        super().__init__(database, seal_key)
        self._told: list[Fact] = []

    @override
    def record(self, *facts: Fact) -> None:
        super().record(*facts)
        self._told.extend(facts)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None:
            for fact in self._told:
                _tell(fact)


def _tell(fact: Fact) -> None:
    fields: dict[str, object] = {
        "chain": fact.chain,
        "target": fact.target,
        "outcome": fact.outcome,
        "actor": fact.actor,
    }
    if fact.reason:
        fields["reason"] = fact.reason
    if fact.policy is not None:
        fields["policy"] = fact.policy.id
    if fact.detail:
        fields["detail"] = fact.detail
    log.info(event_of(fact.action), **fields)
