"""Run the tests of policies, and tell what they show."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.domain.policy_set import PolicySet
from service.domain.policy_test import DeclaredTest
from service.domain.policy_test_coverage import Coverage, coverage_of
from service.domain.policy_test_run import run
from service.domain.policy_test_verdict import Verdict, judge
from service.pipeline.decide import require_organization


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTestResult:
    """One test, and how it ended; `checks` is how many were made."""

    declared: DeclaredTest
    verdict: Verdict
    checks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTestReport:
    """All tests that were run, and what they show of the policies."""

    results: tuple[PolicyTestResult, ...]
    coverage: Coverage

    @property
    def failed(self) -> int:
        """Give how many failed."""
        return sum(not each.verdict.is_passed for each in self.results)


def run_policy_tests(
    policies: PolicySet, tests: Iterable[DeclaredTest], name: str = ""
) -> PolicyTestReport:
    """Run the tests whose name has a text in it, whatever its case."""
    chosen = (each for each in tests if name.lower() in each.test.name.lower())
    results = tuple(_run(policies, each) for each in chosen)
    met = {each.declared.test.name: each.verdict.expected for each in results}
    return PolicyTestReport(results=results, coverage=coverage_of(policies, met))


def _run(policies: PolicySet, declared: DeclaredTest) -> PolicyTestResult:
    organization = require_organization(policies, declared.organization)
    playback = run(declared.test, policies, organization)
    return PolicyTestResult(
        declared=declared,
        verdict=judge(declared.test, playback),
        checks=len(playback.figures),
    )
