"""Read one snapshot of an organization: failures are values, never zeros."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from service.domain.activity import ActivityQuery
from service.domain.analytics import Analytics, RateLimit
from service.domain.errors import ProviderUnavailable
from service.domain.period import (
    BillingPeriod,
    PeriodKind,
    month_of,
    period_of,
    previous_month,
)
from service.domain.policy import Policy
from service.domain.state import OrganizationState
from service.domain.usage import (
    Failure,
    UsageReport,
    UsageSnapshot,
)
from service.pipeline.activity import activity_keys, analytics_of, ask, needs_all
from service.pipeline.attempt import attempt
from service.pipeline.workspaces import find_workspaces
from service.ports import AdminApi

RATES_FOR = timedelta(hours=1)
# With the 20 s that one call may take before these begin, a check ends in 45 s (§4.1).
PATIENCE = timedelta(seconds=25)
# The provider is asked politely: never more than this many requests at once.
_AT_ONCE = 4

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A snapshot, and the memory with the workspaces that were read for it."""

    snapshot: UsageSnapshot
    state: OrganizationState


def collect(
    api: AdminApi,
    policies: Iterable[Policy],
    state: OrganizationState,
    *,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> Collected:
    """Read the limit, the month's usage, and only those parts that are asked for.

    However many policies share them, each is read once. Last month is read only when a
    week reaches back into it and to close it, the rate limits once an hour. What has no
    answer after `patience` is a failure.
    """
    asked = tuple(policies)
    keys = activity_keys(asked)
    month = month_of(now)
    before = previous_month(month)
    back = _reaching_back(asked, now)
    if state.period not in {None, month.key}:
        # What the month before came to is told when the new one begins.
        back |= {""}
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
    try:
        limit = pool.submit(attempt, api.spend_limit)
        usage = pool.submit(attempt, lambda: api.usage(month))
        rates = [pool.submit(attempt, each) for each in _rates_due(api, state, now)]
        found = find_workspaces(api, asked, state, now, needs_all=needs_all(keys))
        uuids = found.uuids
        reports = {
            name: pool.submit(_of_workspace, api, month, uuid)
            for name, uuid in uuids.items()
        }
        earlier = {
            name: pool.submit(_of_workspace, api, before, uuid)
            for name, uuid in uuids.items()
            if name in back
        }
        if "" in back:
            earlier[""] = pool.submit(attempt, lambda: api.usage(before))
        activity = ask(keys, found.places, partial(_start, pool, api), now)
        started: list[Future[Any]] = [limit, usage, *rates, *reports.values()]
        started += (*earlier.values(), *activity.reports.values())
        wait(started, timeout=patience.total_seconds())
        previous = {name: _answer(each) for name, each in earlier.items()}
        snapshot = UsageSnapshot(
            organization=state.organization,
            captured_at=now,
            limit=_answer(limit),
            usage=_answer(usage),
            usage_by_workspace={name: _answer(each) for name, each in reports.items()},
            previous=previous.pop("", None),
            previous_by_workspace=previous,
            rate_limit=next(map(_answer, rates), None),
            activity=activity.read(_answer),
        )
    finally:
        # What has no answer yet is given up; each call ends by itself soon.
        pool.shutdown(wait=False, cancel_futures=True)
    return Collected(snapshot=snapshot, state=found.state)


def _start(
    pool: Executor, api: AdminApi, query: ActivityQuery
) -> Future[Analytics | Failure]:
    return pool.submit(attempt, analytics_of(api, query))


def _rates_due(
    api: AdminApi, state: OrganizationState, now: datetime
) -> tuple[Callable[[], RateLimit], ...]:
    """Give what reads the rate limits where it is time; a clock set back reads them."""
    read_at = state.rate_limit_at
    is_fresh = read_at is not None and timedelta(0) <= now - read_at < RATES_FOR
    return () if is_fresh else (api.rate_limit,)


def _answer(started: Future[Answer | Failure]) -> Answer | Failure:
    if started.done():
        return started.result()
    return Failure(
        reason=ProviderUnavailable.code, detail="no answer came in the time of a check"
    )


def _reaching_back(policies: Iterable[Policy], now: datetime) -> frozenset[str]:
    """Name the workspaces, empty for all of them, whose week began last month."""
    week = period_of(PeriodKind.WEEK, now)
    if week.start >= month_of(now).start:
        return frozenset()
    return frozenset(
        policy.scope.workspace or ""
        for policy in policies
        if policy.budget.period is PeriodKind.WEEK
    )


def _of_workspace(
    api: AdminApi, month: BillingPeriod, uuid: str | Failure
) -> UsageReport | Failure:
    if isinstance(uuid, Failure):
        return uuid
    return attempt(lambda: api.usage(month, uuid))
