"""Silences of a database in memory, and what they withheld."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from service.domain.alert import Alert
from service.domain.silence import Silence, SilenceState


class SilenceTables(Protocol):
    """What of the tables is needed here."""

    alerts_by_id: dict[str, Alert]
    silences_by_id: dict[str, Silence]


class MemorySilences:
    """The part of `UnitOfWork` about silences."""

    def __init__(self, tables: SilenceTables) -> None:
        self._silences = tables

    def muted_alerts(self, organization: str) -> tuple[Alert, ...]:
        return tuple(
            alert
            for alert in self._silences.alerts_by_id.values()
            if alert.key.organization == organization and alert.muted_by is not None
        )

    def unmute(self, alert: Alert, now: datetime) -> bool:
        alerts = self._silences.alerts_by_id
        kept = alerts[alert.id]
        if kept.muted_by != alert.muted_by:
            return False
        alerts[alert.id] = replace(
            kept, muted_by=None, muted_kind=None, last_told_at=now
        )
        return True

    def active_silences(self, now: datetime) -> tuple[Silence, ...]:
        return in_state(self._silences, SilenceState.ACTIVE, now)

    def silence(self, silence_id: str) -> Silence | None:
        return self._silences.silences_by_id.get(silence_id)

    def save_silence(self, silence: Silence) -> None:
        self._silences.silences_by_id[silence.id] = silence


def in_state(
    tables: SilenceTables, state: SilenceState | None, now: datetime
) -> tuple[Silence, ...]:
    """Give the silences in a state at a moment, or all."""
    silences = tables.silences_by_id.values()
    return tuple(each for each in silences if state in {None, each.state(now)})
