"""A check: the pipeline's table of contents."""

from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.check import Check
from service.domain.decision import Decision
from service.domain.durations import Work
from service.pipeline.attribution import with_limit_log
from service.pipeline.collect import collect
from service.pipeline.decide import Run, decide, require_organization
from service.pipeline.durations import timed
from service.pipeline.enforce import RESTARTS, Enforced, enforce
from service.ports import Lock, Services

# A check writes what it read before; it is bounded to 45 s (§4.1), so who waits this
# long outlasts one under way.
WAIT_FOR_CHECK = timedelta(seconds=60)


def run_check(services: Services, organization: str) -> Check:
    """Check one organization: read, decide, change the limit if wanted, record it all.

    Waits for a check under way. Raises `NotFound` for an organization that the policies
    in force do not name and `WriterBusy` when another process keeps it too long;
    figures that cannot be had are a result, not an error.
    """
    require_organization(services.policies.current(), organization)
    with services.locks.organization(organization, WAIT_FOR_CHECK) as lock:
        check = _run(services, organization, lock)
    services.wake_delivery()
    return check


def run_due_check(
    services: Services, organization: str, since: datetime
) -> Check | None:
    """Check an organization that had no check since a moment; give None if it had one.

    Looked at under the lock, for two processes on one database come at the same tick.
    Waits and raises as `run_check` does.
    """
    require_organization(services.policies.current(), organization)
    with services.locks.organization(organization, WAIT_FOR_CHECK) as lock:
        last = services.queries.last_check(organization)
        # One of the future is from before the clock was set back.
        if last is not None and since <= last.at <= services.clock.now():
            return None
        check = _run(services, organization, lock)
    services.wake_delivery()
    return check


def preview_check(services: Services, organization: str) -> Decision:
    """Decide what a check would do now, and neither keep nor change anything.

    Reads the same as a check and raises the same; a check under way is not disturbed.
    """
    return _decide(services, organization, is_dry=True)


def _run(services: Services, organization: str, lock: Lock) -> Check:
    with timed(services, Work.CHECK):
        enforced = _run_once(services, organization, lock)
        for _ in range(RESTARTS):
            if enforced.is_moved:
                enforced = _run_once(services, organization, lock)
    return enforced.check


def _run_once(services: Services, name: str, lock: Lock) -> Enforced:
    return enforce(services, _decide(services, name, is_dry=False), lock)


def _decide(services: Services, name: str, *, is_dry: bool) -> Decision:
    started = services.clock.monotonic()
    # Asked for here: the set may have changed while another check had the lock.
    policies = services.policies.current()
    organization = require_organization(policies, name)
    with services.transaction() as work:
        state = work.state(organization.name)
    wanted = policies.of(organization.name)
    api = services.admin_api(organization.name)
    collected = collect(api, wanted, state, now=services.clock.now())
    run = Run(
        policies=policies, organization=organization, started=started, is_dry=is_dry
    )
    snapshot = with_limit_log(services, organization, state, collected.snapshot)
    return decide(services, run, replace(collected, snapshot=snapshot))
