"""Past months in a database in memory."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from service.domain.check import UsageMonth
from service.domain.history import History
from service.domain.past_read import PastRead, past_months
from service.domain.period import BillingPeriod, month_called, month_of


class Histories(dict[str, tuple[object, History]]):
    """The histories last given, by organization."""


class PastTables(Protocol):
    """What of the tables is needed here."""

    months: dict[tuple[str, str, str], UsageMonth]
    reads: dict[tuple[str, str, str], PastRead]
    histories: Histories


def place_of(kept: UsageMonth | PastRead) -> tuple[str, str, str]:
    return (kept.organization, kept.period, kept.workspace)


def reads_of(tables: PastTables, organization: str) -> tuple[PastRead, ...]:
    found = [
        each for each in tables.reads.values() if each.organization == organization
    ]
    in_order = sorted(found, key=lambda each: each.workspace)
    return tuple(sorted(in_order, key=lambda each: each.period, reverse=True))


def whole_reads(
    tables: PastTables, organization: str, now: datetime
) -> tuple[PastRead, ...]:
    oldest = past_months(month_of(now))[-1].key
    found = reads_of(tables, organization)
    return tuple(each for each in found if not each.workspace and each.period >= oldest)


class MemoryPast:
    """The part of `UnitOfWork` about past months."""

    def __init__(self, tables: PastTables) -> None:
        self._past = tables

    def save_usage(self, month: UsageMonth) -> None:
        kept = self._past.months.get(place_of(month))
        if kept is None or (kept.currency, kept.lines) != (month.currency, month.lines):
            self._past.months[place_of(month)] = month

    def usage(
        self, organization: str, period: str, workspace: str
    ) -> UsageMonth | None:
        return self._past.months.get((organization, period, workspace))

    def history(
        self, organization: str, currency: str, before: BillingPeriod
    ) -> History:
        wanted = {each.key for each in past_months(before)}
        months = tuple(
            self._known(each)
            for each in self._past.months.values()
            if each.organization == organization and each.period in wanted
        )
        key = (currency, before, months)
        known = self._past.histories.get(organization)
        if known is None or known[0] != key:
            known = (key, History(months, currency, before))
            self._past.histories[organization] = known
        return known[1]

    def _known(self, month: UsageMonth) -> UsageMonth:
        read = self._past.reads.get(place_of(month))
        read_at = None if read is None else read.read_at
        known_at = max(month.captured_at, read_at or month.captured_at)
        return replace(month, captured_at=min(known_at, month_called(month.period).end))

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        return reads_of(self._past, organization)

    def save_past_read(self, read: PastRead, before: PastRead | None) -> bool:
        kept = self._past.reads.get(place_of(read))
        if (kept is None) != (before is None):
            return False
        if kept is not None and before is not None:
            stands = (before.read_at, before.failed_at)
            if (kept.read_at, kept.failed_at) != stands:
                return False
        self._past.reads[place_of(read)] = read
        return True
