"""The scheduler of an application: its jobs are the pipeline's."""

from datetime import datetime, timedelta
from functools import partial

from service.bootstrap import Application
from service.domain.errors import NotFound
from service.pipeline.cycle import run_check, run_due_check
from service.pipeline.deliver import deliver_channel, due_channels
from service.pipeline.drill import drill_channels
from service.pipeline.past import read_past_month
from service.ports import Services
from service.scheduler.loops import Jobs, Scheduler


def scheduler_for(application: Application) -> Scheduler:
    """Give the scheduler of an application."""
    services = application.services
    outbox = _Outbox(services, is_alone=application.is_alone)
    return Scheduler(
        services.clock,
        services.check_interval,
        Jobs(
            organizations=lambda: [
                each.name for each in services.policies.current().guard.organizations
            ],
            last_checked_at=partial(_last_checked_at, services),
            check=partial(_check, services),
            due_channels=outbox.due,
            deliver=outbox.deliver,
            wait_for_policies=application.wait_for_policies,
            load_policies=application.load_policies,
            heartbeat=application.beat,
            drill=partial(drill_channels, services),
            read_past=partial(_read_past, services),
        ),
        application.outbox,
    )


def _last_checked_at(services: Services, organization: str) -> datetime | None:
    last = services.queries.last_check(organization)
    return None if last is None else last.at


def _check(services: Services, organization: str, since: datetime | None) -> object:
    if since is None:
        return run_check(services, organization)
    return run_due_check(services, organization, since)


def _read_past(services: Services, organization: str) -> bool:
    try:
        return read_past_month(services, organization)
    except NotFound:
        # The policies were loaded anew, without it.
        return False


class _Outbox:
    """Deliveries of this process; alone, what it finds claimed at start has no owner.

    Elsewhere a claim is let go after the time an attempt may take (§6).
    """

    def __init__(self, services: Services, *, is_alone: bool) -> None:
        self._services = services
        self._is_first = is_alone
        self._orphaned: set[str] = set()

    def due(self) -> tuple[str, ...]:
        """Name the channels that have something to send now."""
        if not self._is_first:
            return due_channels(self._services)
        names = due_channels(self._services, timedelta(0))
        self._is_first = False
        self._orphaned.update(names)
        return names

    def deliver(self, channel: str) -> int:
        """Send what is due on a channel; give the number of attempts."""
        if channel not in self._orphaned:
            return deliver_channel(self._services, channel)
        self._orphaned.discard(channel)
        return deliver_channel(self._services, channel, timedelta(0))
