"""The audit log of a database in memory, as lists and exports show it."""

from collections.abc import Sequence
from typing import Protocol

from service.domain.audit import AuditEntry, Json, body, canonical
from service.domain.audit_verification import Link, link_of_entry
from service.ports import Page, PageRequest
from tests.fakes.memory_pages import page_of

# So few, that a test walks through more than one batch.
AT_ONCE = 3


class AuditTables(Protocol):
    """What of the tables is needed here."""

    entries: list[AuditEntry]


class MemoryAudit:
    """The part of `Queries` about the audit log."""

    def __init__(self, tables: AuditTables) -> None:
        self._log = tables

    def audit(
        self, chain: str | None, action: str | None, page: PageRequest
    ) -> Page[AuditEntry]:
        found = [
            entry
            for entry in self._log.entries
            if chain in {None, entry.fact.chain}
            and action in {None, entry.fact.action.value}
        ]
        return page_of(found, page)

    def audit_chains(self) -> tuple[str, ...]:
        return tuple({entry.fact.chain: None for entry in self._log.entries})

    def audit_entries(self, chain: str, after: int) -> Sequence[AuditEntry]:
        return [
            entry
            for entry in self._log.entries
            if entry.fact.chain == chain and entry.seq > after
        ][:AT_ONCE]

    def audit_lines(self, chain: str, after: int) -> Sequence[str]:
        entries = self.audit_entries(chain, after)
        return [canonical(exported(entry)).decode() for entry in entries]

    def audit_links(self, chain: str, after: int) -> Sequence[Link]:
        entries = self.audit_entries(chain, after)
        return [link_of_entry(exported(entry)) for entry in entries]


def exported(entry: AuditEntry) -> dict[str, Json]:
    """Give an entry as an export writes it."""
    hashed = body(entry.seq, entry.fact, entry.previous_hash)
    return {**hashed, "hash": entry.hash, "seal": entry.seal}
