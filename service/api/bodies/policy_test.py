"""Tests of policies, run: what happened, and what of it was expected."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from service.api.bodies.base import Body
from service.domain.happening import Happening
from service.domain.money import shown
from service.domain.policy_test_coverage import Coverage
from service.domain.policy_test_verdict import Verdict, amount_of
from service.pipeline.run_policy_tests import PolicyTestReport, PolicyTestResult


class DifferenceItem(Body):
    """What was expected, beside what was got."""

    at: datetime
    expected: str
    got: str


class HappeningItem(Body):
    """One alert, message or limit change, and whether the test expected it."""

    at: datetime
    what: str
    name: str
    severity: str | None
    channels: list[str]
    from_: str | None = Field(alias="from")
    to: str | None
    kind: str | None
    reason: str | None
    why: str
    verdict: Literal["expected", "unexpected", "ignored"]


class PolicyTestItem(Body):
    """One test, and how it ended."""

    name: str
    organization: str
    file: str
    line: int
    passed: bool
    checks: int
    differences: list[DifferenceItem]
    happenings: list[HappeningItem]


class CoveredItem(Body):
    """A threshold that fires, or its effect; `never` is why it cannot be."""

    name: str
    effect: str | None
    shown_by: list[str]
    never: str | None


class CoverageBody(Body):
    """What the tests show of the policies."""

    percent: int
    items: list[CoveredItem]


class PolicyTestRun(Body):
    """All tests that were run."""

    passed: int
    failed: int
    tests: list[PolicyTestItem]
    coverage: CoverageBody


def policy_test_run(report: PolicyTestReport) -> PolicyTestRun:
    """Give a run of tests as it is printed for programs."""
    return PolicyTestRun(
        passed=len(report.results) - report.failed,
        failed=report.failed,
        tests=[_item(each) for each in report.results],
        coverage=_coverage(report.coverage),
    )


def _item(result: PolicyTestResult) -> PolicyTestItem:
    declared, verdict = result.declared, result.verdict
    return PolicyTestItem(
        name=declared.test.name,
        organization=declared.organization,
        file=declared.file,
        line=declared.line,
        passed=verdict.is_passed,
        checks=result.checks,
        differences=[
            DifferenceItem(at=each.at, expected=each.expected, got=each.got)
            for each in verdict.differences
        ],
        happenings=_happenings(verdict),
    )


def _happenings(verdict: Verdict) -> list[HappeningItem]:
    items = [
        *(_happening(each, "expected") for each in verdict.expected),
        *(_happening(each, "unexpected") for each in verdict.unexpected),
        *(_happening(each, "ignored") for each in verdict.ignored),
    ]
    return sorted(items, key=lambda each: each.at)


def _happening(
    each: Happening, verdict: Literal["expected", "unexpected", "ignored"]
) -> HappeningItem:
    return HappeningItem(
        at=each.at,
        what=each.what,
        name=each.name,
        severity=each.severity,
        channels=list(each.channels),
        from_=_amount(amount_of(each.before)),
        to=_amount(amount_of(each.after)),
        kind=each.kind or None,
        reason=each.reason or None,
        why=each.why,
        verdict=verdict,
    )


def _amount(amount: Decimal | str | None) -> str | None:
    return shown(amount) if isinstance(amount, Decimal) else amount


def _coverage(coverage: Coverage) -> CoverageBody:
    return CoverageBody(
        percent=coverage.percent,
        items=[
            CoveredItem(
                name=each.name,
                effect=each.effect or None,
                shown_by=list(each.shown_by),
                never=each.never or None,
            )
            for each in coverage.items
        ],
    )
