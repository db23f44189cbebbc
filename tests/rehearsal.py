"""Tests of policies as values: written as YAML writes them, run and judged."""

from typing import Any, TypeAlias

from service.domain.policy import Policy
from service.domain.policy_set import PolicySet
from service.domain.policy_test import DeclaredTest, PolicyTest
from service.domain.policy_test_run import run
from service.domain.policy_test_verdict import Verdict, judge
from tests import builders

# Whatever keys YAML writes.
Written: TypeAlias = Any
THURSDAY = {"start": "2026-08-20 12:00"}


def policy_test(**written: Written) -> PolicyTest:
    """Give a test that begins on a Thursday noon and spends 1000, as YAML has it."""
    whole = {"name": "It holds", "clock": THURSDAY, "spend": 1000, "limit": 10_000}
    return PolicyTest.model_validate(whole | written, by_alias=True, by_name=False)


def declared(**written: Written) -> DeclaredTest:
    return DeclaredTest(
        test=policy_test(**written), organization="acme", file="acme.yaml", line=3
    )


def verdict_of(policies: PolicySet | Policy, **written: Written) -> Verdict:
    """Run a test of policies, and judge it."""
    if isinstance(policies, Policy):
        policies = builders.policy_set(policies)
    test = policy_test(**written)
    organization = policies.guard.organizations[0]
    return judge(test, run(test, policies, organization))


def lines_of(verdict: Verdict) -> list[str]:
    """Write what differs, a line each."""
    return [
        f"{each.at:%d %H:%M} | {each.expected} | {each.got}"
        for each in verdict.differences
    ]
