"""Proofs of channels in a database in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from service.domain.audit import AuditEntry, Head
from service.domain.proof import Proof


class ProofTables(Protocol):
    """What of the tables is needed here."""

    entries: list[AuditEntry]
    proofs_by_channel: dict[str, Proof]
    head_days: dict[str, str]


class MemoryProofs:
    """The part of `UnitOfWork` about proofs of delivery and heads."""

    def __init__(self, tables: ProofTables) -> None:
        self._proofs = tables

    def note_channel(self, channel: str, at: datetime) -> None:
        proof = Proof(channel=channel, since=at)
        self._proofs.proofs_by_channel.setdefault(channel, proof)

    def note_delivered(self, channel: str, notification_id: str, at: datetime) -> None:
        self.note_channel(channel, at)
        known = self._proofs.proofs_by_channel
        known[channel] = replace(
            known[channel], delivered_at=at, delivered_id=notification_id
        )

    def note_failed(self, channel: str, error: str, at: datetime) -> None:
        self.note_channel(channel, at)
        known = self._proofs.proofs_by_channel
        known[channel] = replace(known[channel], failed_at=at, error=error)

    def claim_drill(self, channel: str, before: datetime | None, at: datetime) -> bool:
        self.note_channel(channel, at)
        known = self._proofs.proofs_by_channel
        if known[channel].drilled_at != before:
            return False
        known[channel] = replace(known[channel], drilled_at=at)
        return True

    def claim_heads(self, channel: str, day: str, at: datetime) -> bool:
        self.note_channel(channel, at)
        is_new = self._proofs.head_days.get(channel) != day
        self._proofs.head_days[channel] = day
        return is_new

    def audit_heads(self, first: Sequence[str], most: int) -> tuple[Head, ...]:
        newest = {each.fact.chain: each for each in self._proofs.entries}
        named = [each for each in first if each in newest]
        return tuple(
            Head(chain=name, seq=newest[name].seq, hash=newest[name].hash)
            for name in [*dict.fromkeys([*named, *sorted(newest)])][:most]
        )
