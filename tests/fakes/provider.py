"""A provider that answers from memory, or as a script says, call by call."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from service.domain.analytics import (
    Analytics,
    AnalyticsReport,
    Cell,
    ProviderAuditEntry,
    RateLimit,
)
from service.domain.diagnosis import Manner
from service.domain.errors import ProviderUnavailable
from service.domain.guard import AuthHeader
from service.domain.period import BillingPeriod
from service.domain.usage import LimitReading, SpendLimit, UsageReport, Workspace

# What happens at a call: an error is raised, a function is called, then the provider
# answers as it stands; None is such an answer without further ado.
Step: TypeAlias = Exception | Callable[[], object] | None
Series: TypeAlias = Mapping[str, tuple[Mapping[str, Cell], ...]]


class FakeAdminApi:
    """Implements `AdminApi` for one organization.

    `reading` is what it says of the limit, `reports` its usage by month (`2026-08`)
    and workspace (empty for all of them), `activity` the series of its analytics by
    report and workspace, `listed` its workspaces, `log` its audit log; `script` names a
    method and what happens at its next calls.
    """

    def __init__(self, reading: LimitReading) -> None:
        self.reading = reading
        self.spoken = Manner(
            base_url="https://api.mistral.ai/v1/admin",
            auth_header=AuthHeader.X_API_KEY,
            dialect="work",
        )
        self.reports: dict[tuple[str, str], UsageReport] = {}
        self.activity: dict[tuple[AnalyticsReport, str], Series] = {}
        self.listed: tuple[Workspace, ...] = ()
        self.log: tuple[ProviderAuditEntry, ...] = ()
        self.rates = RateLimit(requests_per_second=Decimal(6), models=())
        self.script: defaultdict[str, deque[Step]] = defaultdict(deque)
        self.calls: list[str] = []
        self.posts: list[SpendLimit] = []
        self.timeouts: list[timedelta] = []

    def then(self, method: str, *steps: Step) -> None:
        """Add to what happens at the next calls of a method."""
        self.script[method].extend(steps)

    def set_outside(self, limit: SpendLimit) -> None:
        """Move the limit as somebody at the console would."""
        self.reading = _with_limit(self.reading, limit)

    def manner(self) -> Manner:
        return self.spoken

    def spend_limit(self) -> LimitReading:
        self._act("spend_limit")
        return self.reading

    def set_spend_limit(self, limit: SpendLimit, *, timeout: timedelta) -> None:
        self.posts.append(limit)
        self.timeouts.append(timeout)
        self._act("set_spend_limit")
        self.set_outside(limit)

    def usage(self, month: BillingPeriod, workspace: str | None = None) -> UsageReport:
        place = f"{month.key}/{workspace}" if workspace else month.key
        self._act("usage", place)
        try:
            return self.reports[month.key, workspace or ""]
        except KeyError as error:
            raise ProviderUnavailable(f"no answer for {place}") from error

    def workspaces(self) -> tuple[Workspace, ...]:
        self._act("workspaces")
        return self.listed

    def rate_limit(self) -> RateLimit:
        self._act("rate_limit")
        return self.rates

    def analytics(
        self,
        report: AnalyticsReport,
        start: datetime,
        end: datetime,
        *,
        workspace: str | None = None,
        granularity: str | None = None,
    ) -> Analytics:
        asked = " ".join(filter(None, (report.value, granularity, workspace)))
        self._act("analytics", asked)
        series = self.activity.get((report, workspace or ""), {})
        return Analytics(report=report, start=start, end=end, series=series)

    def audit_log(
        self, event_types: Sequence[str], *, after: datetime
    ) -> tuple[ProviderAuditEntry, ...]:
        self._act("audit_log")
        return tuple(
            entry
            for entry in self.log
            if entry.event_type in event_types and entry.at >= after
        )

    def _act(self, method: str, place: str = "") -> None:
        self.calls.append(f"{method} {place}".rstrip())
        script = self.script[f"{method} {place}".rstrip()] or self.script[method]
        step = script.popleft() if script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            step()


def _with_limit(reading: LimitReading, limit: SpendLimit) -> LimitReading:
    return LimitReading(
        currency=reading.currency,
        limit=limit,
        is_reached=False,
        total=reading.total,
    )
