"""Read one snapshot of an organization: failures are values, never zeros."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from service.domain.errors import ProviderError
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
    LimitReading,
    UsageReport,
    UsageSnapshot,
    Workspace,
)
from service.ports import AdminApi

WORKSPACES_FOR = timedelta(hours=1)
# The provider is asked politely: never more than this many requests at once.
_AT_ONCE = 4

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A snapshot, and the memory with the workspaces that were read for it."""

    snapshot: UsageSnapshot
    state: OrganizationState


def attempt(call: Callable[[], Answer]) -> Answer | Failure:
    """Give the answer of a provider's call, or its failure as a value."""
    try:
        return call()
    except ProviderError as error:
        return Failure(reason=error.code, detail=str(error))


def collect(
    api: AdminApi,
    policies: Iterable[Policy],
    state: OrganizationState,
    *,
    now: datetime,
) -> Collected:
    """Read the limit, the month's usage, and only those workspaces that are asked for.

    However many policies share them, each is read once. Last month is read only when a
    week reaches back into it.
    """
    asked = tuple(policies)
    month = month_of(now)
    names = sorted({each.scope.workspace for each in asked if each.scope.workspace})
    before = previous_month(month) if _reaches_back(asked, now) else None
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        limit = pool.submit(attempt, api.spend_limit)
        usage = pool.submit(attempt, lambda: api.usage(month))
        last = pool.submit(attempt, lambda: api.usage(before)) if before else None
        state = _with_workspaces(api, state, names, now)
        uuids = {name: _uuid_of(name, state) for name in names}
        reports = {
            name: pool.submit(_of_workspace, api, month, uuid)
            for name, uuid in uuids.items()
        }
        earlier = {
            name: pool.submit(_of_workspace, api, before, uuid)
            for name, uuid in uuids.items()
            if before
        }
        snapshot = UsageSnapshot(
            organization=state.organization,
            captured_at=now,
            limit=limit.result(),
            usage=usage.result(),
            usage_by_workspace={name: each.result() for name, each in reports.items()},
            previous=None if last is None else last.result(),
            previous_by_workspace={
                name: each.result() for name, each in earlier.items()
            },
        )
    return Collected(snapshot=snapshot, state=state)


def _reaches_back(policies: Iterable[Policy], now: datetime) -> bool:
    week = period_of(PeriodKind.WEEK, now)
    return week.start < month_of(now).start and any(
        policy.budget.period is PeriodKind.WEEK for policy in policies
    )


def _with_workspaces(
    api: AdminApi, state: OrganizationState, names: Iterable[str], now: datetime
) -> OrganizationState:
    """Read the list of workspaces once an hour, or when a name is not in it."""
    wanted = tuple(names)
    if not wanted:
        return state
    read_at = state.workspaces_at
    is_fresh = read_at is not None and now - read_at < WORKSPACES_FOR
    if is_fresh and all(_find(name, state.workspaces) for name in wanted):
        return state
    listed = attempt(api.workspaces)
    if isinstance(listed, Failure):
        # The old list is better than none: a uuid never changes its workspace.
        return state
    return replace(state, workspaces=listed, workspaces_at=now)


def _find(name: str, workspaces: Iterable[Workspace]) -> Workspace | None:
    return next((each for each in workspaces if name in {each.uuid, each.name}), None)


def _uuid_of(name: str, state: OrganizationState) -> str | Failure:
    found = _find(name, state.workspaces)
    if found is not None:
        return found.uuid
    return Failure(
        reason="unknown_workspace",
        detail=f"the provider lists no workspace called {name!r}",
    )


def _of_workspace(
    api: AdminApi, month: BillingPeriod, uuid: str | Failure
) -> UsageReport | Failure:
    if isinstance(uuid, Failure):
        return uuid
    return attempt(lambda: api.usage(month, uuid))


def read_limit(api: AdminApi) -> LimitReading | Failure:
    """Read the spend limit alone."""
    return attempt(api.spend_limit)
