"""What one organization looks like now, read once and kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.domain.decision import Decision, Memory
from service.domain.evaluation import evaluate
from service.domain.guard import Organization
from service.domain.policy import Policy
from service.domain.policy_set import PolicySet
from service.domain.usage import UsageSnapshot
from service.pipeline.attribution import with_limit_log
from service.pipeline.collect import collect
from service.pipeline.decide import courses_of, remember
from service.ports import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A snapshot and what is known from before: all that policies are held against."""

    snapshot: UsageSnapshot
    memory: Memory

    def decision(self, policies: PolicySet, organization: Organization) -> Decision:
        """Decide as a check of this moment would under some policies."""
        now = self.snapshot.captured_at
        return evaluate(policies, organization, self.snapshot, self.memory, now=now)


def look(
    services: Services, organization: Organization, wanted: Iterable[Policy]
) -> Look:
    """Read all that some policies need, as a check would; change and keep nothing.

    What the provider does not answer is a failure within the snapshot.
    """
    asked, now = tuple(wanted), services.clock.now()
    with services.transaction() as work:
        state = work.state(organization.name)
    api = services.admin_api(organization.name)
    collected = collect(api, asked, state, now=now)
    snapshot = with_limit_log(services, organization, state, collected.snapshot)
    with services.transaction() as work:
        memory = remember(services, work, organization, collected.state, now)
        courses = courses_of(work, organization, asked, now)
    memory = replace(memory, courses=courses)
    return Look(snapshot=snapshot, memory=memory)
