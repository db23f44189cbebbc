"""Ask the provider's audit log who moved the limit, and wait for it only a moment."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.attribution import (
    LIMIT_EVENTS,
    LimitLog,
    log_wanted_since,
    overtaken_since,
)
from service.domain.errors import ProviderUnavailable
from service.domain.figures import check_limit
from service.domain.guard import Organization
from service.domain.limit_change import LimitChange
from service.domain.period import month_of, previous_month
from service.domain.settlement import reconcile
from service.domain.state import OrganizationState
from service.domain.usage import Failure, LimitReading, UsageSnapshot
from service.pipeline.attempt import attempt
from service.ports import AdminApi, Services

# Who it was can be told later too; that the limit moved is told now.
PATIENCE = timedelta(seconds=5)


def with_limit_log(
    services: Services,
    organization: Organization,
    state: OrganizationState,
    snapshot: UsageSnapshot,
) -> UsageSnapshot:
    """Add what the log says to a snapshot whose limit somebody else has moved."""
    reading = check_limit(snapshot.limit, organization)
    if isinstance(reading, Failure):
        return snapshot
    found = log_of(services, state, reading, snapshot.captured_at)
    return snapshot if found is None else replace(snapshot, limit_log=found)


def log_of(
    services: Services, state: OrganizationState, reading: LimitReading, now: datetime
) -> LimitLog:
    """Read the log where somebody else has moved the limit; None where nobody has."""
    is_quiet = reading.limit == state.reference and state.nameless is None
    if reading.limit is None or state.reference is None or is_quiet:
        return None
    month, name = month_of(now), state.organization
    with services.transaction() as work:
        changes = work.limit_changes(name, previous_month(month).start)
    settlement = reconcile(state, changes, reading.limit, now, month.end)
    return _log_since(services, name, log_wanted_since(settlement, now))


def log_of_overtaken(services: Services, change: LimitChange) -> LimitLog:
    """Read the log where another limit than the one asked for came into force."""
    return _log_since(services, change.organization, overtaken_since(change))


def _log_since(services: Services, name: str, since: datetime | None) -> LimitLog:
    if since is None:
        return None
    return read_log(services.admin_api(name), since, PATIENCE)


def read_log(api: AdminApi, since: datetime, patience: timedelta) -> LimitLog:
    """Read the changes of the limit since then; what comes too late is a failure."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        asked = pool.submit(attempt, lambda: api.audit_log(LIMIT_EVENTS, after=since))
        done, _ = wait([asked], timeout=patience.total_seconds())
        if done:
            return asked.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return Failure(
        reason=ProviderUnavailable.code, detail="no answer came in the time for it"
    )
