"""Which past months are to be read, and when: politely, and again while they settle."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from service.domain.errors import ProviderRejected, ProviderUnavailable
from service.domain.period import BillingPeriod, month_of, previous_month
from service.domain.usage import Failure

# As many as show a year's seasons, holidays included.
PAST_MONTHS = 12
# The reason where the provider answers for no month so long ago: there is no more.
NOT_KEPT = "not_kept"
# A check of the last second of a month may still keep it for as long.
_GRACE = timedelta(minutes=10)
# Usage of the last hours arrives late, and invoices restate it.
_SETTLING = timedelta(days=3)
_DAILY = timedelta(days=1)
_RESTATED_FOR = timedelta(days=35)
_WEEKLY = timedelta(days=7)
_FIRST_RETRY = timedelta(minutes=5)
_LAST_RETRY = timedelta(hours=24)
# Who gave no answer to one question is not asked the next one either.
_HOLDING = frozenset({ProviderUnavailable.code, ProviderRejected.code})

PastMonth: TypeAlias = tuple[str, str]  # workspace (empty for all of them), period


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRead:
    """Where the reading of one past month stands; `workspace` empty is all of them.

    `read_at` is the last good answer's time; `failures` counts those in a row since,
    with the reason of the last. All is about amounts in `currency`.
    """

    organization: str
    workspace: str
    period: str
    currency: str
    read_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0
    reason: str = ""
    detail: str = ""

    @property
    def is_end(self) -> bool:
        """Say whether the provider has nothing of this month or before."""
        return self.read_at is None and self.reason == NOT_KEPT

    def succeeded(self, at: datetime) -> "PastRead":
        """Note a good answer."""
        return replace(
            self, read_at=at, failed_at=None, failures=0, reason="", detail=""
        )

    def failed(self, failure: Failure, at: datetime) -> "PastRead":
        """Note a failure; what was read before stays read."""
        return replace(
            self,
            failed_at=at,
            failures=self.failures + 1,
            reason=failure.reason,
            detail=failure.detail,
        )

    def next_at(self, month: BillingPeriod, now: datetime) -> datetime | None:
        """Give when the month is to be read, None for never again.

        Daily while it may still grow; then weekly for as long as providers restate (its
        invoice is out by then). A failure waits longer each time. What lies in the
        future is from before the clock was set back, and counts for nothing.
        """
        seen = (self.read_at, self.failed_at)
        if any(at is not None and at > now for at in seen):
            return now
        if self.failed_at is not None:
            return self.failed_at + _wait_after(self.failures)
        if self.read_at is None:
            return now
        age = self.read_at - month.end
        if age >= _RESTATED_FOR:
            return None
        return self.read_at + (_DAILY if age < _SETTLING else _WEEKLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryProgress:
    """How much of the past is known; `oldest` is the first month that was read.

    It is complete when no more can be had: `reason` then says why that is less than was
    wanted, if it is; before, why the newest month that is missing could not be read.
    """

    months_read: int = 0
    months_wanted: int = PAST_MONTHS
    is_complete: bool = False
    oldest: str | None = None
    reason: str | None = None
    detail: str = ""


NOTHING_READ = HistoryProgress()


class PastReads:
    """All readings of one organization in its currency, by workspace and period.

    `workspaces` are those that policies name. Readings of another currency count for
    nothing.
    """

    def __init__(
        self,
        reads: Iterable[PastRead],
        currency: str,
        workspaces: Collection[str] = (),
    ) -> None:
        self._known: Mapping[PastMonth, PastRead] = {
            (each.workspace, each.period): each
            for each in reads
            if each.currency == currency
        }
        self._workspaces = ("", *sorted(workspaces))

    def due(self, now: datetime) -> tuple[tuple[BillingPeriod, str], ...]:
        """Give what to read now, month and workspace: what never failed, the newest.

        Nothing behind the last month that the provider has, and nothing at all while a
        provider that gave no answer is left alone.
        """
        if now < self._held_until(now):
            return ()
        due = [
            (month, workspace)
            for month, workspace in self._wanted(now)
            if self._is_due(month, workspace, now)
        ]
        return tuple(sorted(due, key=self._failures))

    def progress(self, now: datetime) -> HistoryProgress:
        """Tell how much of the past is known, of the organization as a whole."""
        months = _past_keys(month_of(now))
        known = [self._known.get(("", month)) for month in months]
        read = [each.period for each in known if each and each.read_at is not None]
        failing = [each for each in known if each and each.read_at is None]
        ends = [each for each in known if each and each.is_end]
        sought = months.index(ends[0].period) if ends else len(months)
        return HistoryProgress(
            months_read=len(read),
            is_complete=all(month in read for month in months[:sought]),
            oldest=min(read, default=None),
            reason=failing[0].reason if failing else None,
            detail=failing[0].detail if failing else "",
        )

    def _wanted(self, now: datetime) -> Iterable[tuple[BillingPeriod, str]]:
        """Give months and workspaces up to the last that the provider has."""
        ended: set[str] = set()
        for month in past_months(month_of(now)):
            for workspace in self._workspaces:
                if ended.isdisjoint({"", workspace}):
                    yield month, workspace
                    known = self._known.get((workspace, month.key))
                    if known is not None and known.is_end:
                        ended.add(workspace)

    def _is_due(self, month: BillingPeriod, workspace: str, now: datetime) -> bool:
        known = self._known.get((workspace, month.key))
        at = now if known is None else known.next_at(month, now)
        return at is not None and max(at, month.end + _GRACE) <= now

    def _held_until(self, now: datetime) -> datetime:
        failed = [
            (each.failed_at, each)
            for each in self._known.values()
            if each.failed_at is not None and each.failed_at <= now
        ]
        if not failed:
            return now
        at, last = max(failed, key=lambda each: each[0])
        return at + _wait_after(last.failures) if last.reason in _HOLDING else now

    def _failures(self, wanted: tuple[BillingPeriod, str]) -> int:
        month, workspace = wanted
        known = self._known.get((workspace, month.key))
        return 0 if known is None else known.failures


def _wait_after(failures: int) -> timedelta:
    # Bounded before anything is doubled: a year of failures is no number of use.
    doubled = min(failures - 1, 10)
    return min(_FIRST_RETRY * (1 << doubled), _LAST_RETRY)


# Asked for by every status, and there are twelve in a year.
@lru_cache(maxsize=4)
def past_months(month: BillingPeriod) -> tuple[BillingPeriod, ...]:
    """Give the months before one that are wanted, the newest first."""
    past: list[BillingPeriod] = []
    for _ in range(PAST_MONTHS):
        month = previous_month(month)
        past.append(month)
    return tuple(past)


@lru_cache(maxsize=4)
def _past_keys(month: BillingPeriod) -> tuple[str, ...]:
    return tuple(each.key for each in past_months(month))
