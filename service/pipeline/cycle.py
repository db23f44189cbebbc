"""A check: the pipeline's table of contents."""

from datetime import timedelta

from service.domain.check import Check
from service.pipeline.collect import collect
from service.pipeline.decide import Run, decide, require_organization
from service.pipeline.enforce import RESTARTS, Enforced, enforce
from service.ports import Lock, Services

# A check is bounded to 45 s; who waits for one under way waits a little longer.
WAIT_FOR_CHECK = timedelta(seconds=60)


def run_check(services: Services, organization: str, *, dry_run: bool = False) -> Check:
    """Check one organization: read, decide, change the limit if wanted, record it all.

    Waits for a check under way. Raises `NotFound` for an organization that the policies
    in force do not name and `WriterBusy` when another process keeps it too long;
    figures that cannot be had are a result, not an error.
    """
    require_organization(services.policies.current(), organization)
    with services.locks.organization(organization, WAIT_FOR_CHECK) as lock:
        enforced = _run_once(services, organization, lock, is_dry=dry_run)
        for _ in range(RESTARTS):
            if enforced.is_moved:
                enforced = _run_once(services, organization, lock, is_dry=dry_run)
    services.wake_delivery()
    return enforced.check


def _run_once(services: Services, name: str, lock: Lock, *, is_dry: bool) -> Enforced:
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
    decision = decide(services, run, collected)
    if is_dry:
        return Enforced(check=decision.check)
    return enforce(services, decision, lock)
