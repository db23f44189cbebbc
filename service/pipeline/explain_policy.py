"""A policy explained on the figures of this moment, or why there are none."""

from service.domain.errors import NotFound
from service.domain.explanation import Explanation, explain
from service.pipeline.decide import require_organization
from service.pipeline.preview import look
from service.ports import Services


def explain_policy(services: Services, policy_id: str) -> Explanation:
    """Read the provider once and explain a policy in force; keep nothing.

    Raises `NotFound`. What the provider does not answer is unknown in what is said,
    with what was last believed beside it.
    """
    policies = services.policies.current()
    declared = policies.declared(policy_id)
    if declared is None:
        raise NotFound(f"no policy in force has the id {policy_id!r}")
    policy = declared.policy
    organization = require_organization(policies, policy.organization)
    seen = look(services, organization, policies.of(organization.name))
    decision = seen.decision(policies, organization)
    with services.transaction() as work:
        silences = work.active_silences(decision.at)
    return explain(policy, decision, seen.memory, silences)
