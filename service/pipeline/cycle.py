"""A check: the pipeline's table of contents."""

from datetime import timedelta

from service.domain.check import Check
from service.domain.errors import NotFound
from service.domain.guard import Organization
from service.domain.policy_set import PolicySet
from service.pipeline.collect import collect
from service.pipeline.decide import Run, decide
from service.pipeline.enforce import Enforced, enforce
from service.ports import Lock, Services

# A check is bounded to 45 s; who waits for one under way waits a little longer.
WAIT_FOR_CHECK = timedelta(seconds=60)
# How often a check starts over when the limit moved under its hands (§5).
_RESTARTS = 2


def run_check(services: Services, organization: str, *, dry_run: bool = False) -> Check:
    """Check one organization: read, decide, change the limit if wanted, record it all.

    Waits for a check under way. Raises `NotFound` for an organization that the policies
    in force do not name and `WriterBusy` when another process keeps it too long;
    figures that cannot be had are a result, not an error.
    """
    policies = services.policies.current()
    found = policies.organization(organization)
    if found is None:
        raise NotFound(f"no organization is called {organization!r}")
    with services.locks.organization(organization, WAIT_FOR_CHECK) as lock:
        enforced = _run_once(services, policies, found, lock, is_dry=dry_run)
        for _ in range(_RESTARTS):
            if enforced.is_moved:
                enforced = _run_once(services, policies, found, lock, is_dry=dry_run)
    services.wake_delivery()
    return enforced.check


def _run_once(
    services: Services,
    policies: PolicySet,
    organization: Organization,
    lock: Lock,
    *,
    is_dry: bool,
) -> Enforced:
    started = services.clock.monotonic()
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
