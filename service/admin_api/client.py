"""The Admin API of one organization, over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
from typing_extensions import override

from service.admin_api import paths, translate
from service.admin_api.activity import analytics
from service.admin_api.exchange import Bounds, Exchange, Query
from service.admin_api.listing import all_audit_entries, all_workspaces
from service.admin_api.paths import Dialect
from service.admin_api.wire import NewUsageLimit, read_json
from service.domain.analytics import (
    Analytics,
    AnalyticsReport,
    ProviderAuditEntry,
    RateLimit,
)
from service.domain.diagnosis import Manner
from service.domain.errors import InvalidInput, ProviderMalformed, ProviderRejected
from service.domain.guard import Organization
from service.domain.money import whole_down
from service.domain.period import BillingPeriod
from service.domain.usage import LimitReading, SpendLimit, UsageReport, Workspace
from service.ports import AdminApi, Clock

Read = TypeVar("Read")

_NOT_FOUND = 404


class HttpAdminApi(AdminApi):
    """`ports.AdminApi` over one kept-open HTTP client; safe to use from threads.

    `jitter` gives random numbers from 0 up to 1. Deadlines rest on
    `clock.monotonic()`, waits before a repeated read on `clock.sleep()`.
    """

    def __init__(
        self,
        organization: Organization,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        transport: httpx.BaseTransport | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._organization = organization
        self._currency = organization.currency
        self._exchange = Exchange(
            organization,
            clock=clock,
            jitter=jitter,
            bounds=bounds or Bounds(),
            transport=transport,
        )
        self._dialect = paths.likely_dialect(organization.base_url)
        self._last_amount = 0

    @property
    def dialect(self) -> Dialect:
        """The spelling of the analytics paths that is tried first, or answered."""
        return self._dialect

    def close(self) -> None:
        """Close the connections; calls after that raise `ProviderUnavailable`."""
        self._exchange.close()

    @override
    def manner(self) -> Manner:
        """Tell how the provider is spoken to, and what its last answer showed."""
        return Manner(
            base_url=self._organization.base_url,
            auth_header=self._organization.auth_header,
            dialect=self._dialect.value,
            clock_ahead=self._exchange.clock_ahead,
        )

    @override
    def spend_limit(self) -> LimitReading:
        """Read the spend limit and the total counted against it."""
        reading = self._read(paths.SPEND_LIMIT, {}, translate.limit_reading)
        if reading.limit is not None and reading.limit.amount is not None:
            self._last_amount = int(whole_down(reading.limit.amount.amount))
        return reading

    @override
    def set_spend_limit(self, limit: SpendLimit, *, timeout: timedelta) -> None:
        """Ask for a limit, once; the answer is not read: only reading back proves it.

        Raises `InvalidInput`, before anything is sent, for an amount that is not
        whole, is negative or is in another currency.
        """
        wanted = NewUsageLimit(
            amount=self._amount(limit), no_monthly_limit=limit.is_unlimited
        )
        self._exchange.post_once(
            paths.SPEND_LIMIT, wanted.model_dump(), timeout=timeout
        )

    @override
    def usage(self, month: BillingPeriod, workspace: str | None = None) -> UsageReport:
        """Read a month of usage rows and prices; `workspace` is a uuid."""
        # Always both: what one of them alone means is not documented.
        query = {"month": month.start.month, "year": month.start.year}
        narrowed = {} if workspace is None else {"workspace_id": workspace}
        return self._read(paths.USAGE, {**query, **narrowed}, translate.usage_report)

    @override
    def workspaces(self) -> tuple[Workspace, ...]:
        """Read all workspaces, the archived ones too, by name."""
        with naming(paths.WORKSPACES):
            return all_workspaces(lambda query: self._json(paths.WORKSPACES, query))

    @override
    def rate_limit(self) -> RateLimit:
        """Read the rate limits."""
        return self._read(paths.RATE_LIMIT, {}, translate.rate_limit)

    @override
    def analytics(
        self,
        report: AnalyticsReport,
        start: datetime,
        end: datetime,
        *,
        workspace: str | None = None,
        granularity: str | None = None,
    ) -> Analytics:
        """Read an activity report over `[start, end)`, whichever way it is spelled."""
        query: dict[str, str | int] = {
            "start_time": int(start.timestamp()),
            "end_time": int(end.timestamp()),
        }
        if workspace is not None:
            query["workspace_id"] = workspace
        if granularity is not None:
            query["granularity"] = granularity
        return self._in_either_dialect(
            report,
            query,
            lambda answer: analytics(answer, report, start=start, end=end),
        )

    @override
    def audit_log(
        self, event_types: Sequence[str], *, after: datetime
    ) -> tuple[ProviderAuditEntry, ...]:
        """Read the provider's audit log from `after` on, newest first."""
        with naming(paths.AUDIT_LOGS):
            return all_audit_entries(
                lambda query: self._json(paths.AUDIT_LOGS, query),
                event_types,
                after=after,
            )

    def _amount(self, limit: SpendLimit) -> int:
        if limit.amount is None:
            # Required even then; the last one seen does no harm if the flag is lost.
            return self._last_amount
        amount = limit.amount.amount
        if limit.amount.currency != self._currency:
            raise InvalidInput(
                f"the spend limit is in {self._currency}, not {limit.amount.currency}"
            )
        if amount < 0 or amount != whole_down(amount):
            raise InvalidInput(
                f"a spend limit is a whole amount, zero or more, not {amount}"
            )
        return int(amount)

    def _json(self, path: str, query: Query) -> object:
        return read_json(self._exchange.get(path, query))

    def _read(
        self, path: str, query: Query, translated: Callable[[object], Read]
    ) -> Read:
        with naming(path):
            return translated(self._json(path, query))

    def _in_either_dialect(
        self,
        report: AnalyticsReport,
        query: Query,
        translated: Callable[[object], Read],
    ) -> Read:
        first = self._dialect
        try:
            return self._read(paths.report_path(report, first), query, translated)
        except ProviderRejected as error:
            if error.status != _NOT_FOUND:
                raise
        other = first.other
        found = self._read(paths.report_path(report, other), query, translated)
        self._dialect = other
        return found


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Add the route to the error of an answer that cannot be read."""
    try:
        yield
    except ProviderMalformed as error:
        if error.route:
            raise
        route = f"GET {path}"
        raise ProviderMalformed(f"{route}: {error}", route=route, status=200) from None
