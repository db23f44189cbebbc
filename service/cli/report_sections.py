"""What each check of changed policies has to say in a report on them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from service.api.bodies.backtest import BacktestBody
from service.api.bodies.plan import Plan
from service.api.bodies.policy_test import PolicyTestRun, policy_test_run
from service.bootstrap import run_tests, validate_policies
from service.cli.backtest_markdown import backtest_lines
from service.cli.backtest_text import totals_of
from service.cli.markdown import code, fenced, prose
from service.cli.plan_markdown import findings_table, plan_lines
from service.cli.plan_words import SAME, is_blind, summary_of
from service.cli.policy_tests import failure_lines
from service.cli.report_markdown import Outcome, Section
from service.domain.errors import Finding, InvalidPolicies, SpendguardError

_TESTS = "tests"
_NO_KEY = (
    "SPENDGUARD_SERVICE_KEY is not set, as in a pull request from a fork, so the"
    " service was not asked"
)


def validate_section(path: Path, environment: Mapping[str, str]) -> Section:
    """Say whether the policies load, as far as it can be told without secrets."""
    findings = validate_policies(path, environment, require_variables=False)
    errors = sum(not each.is_warning for each in findings)
    outcome = Outcome.FAILED if errors else Outcome.LOOK if findings else Outcome.FINE
    return Section(
        name="validate",
        outcome=outcome,
        summary=counted(errors, len(findings) - errors),
        lines=tuple(findings_table(findings)) if findings else (),
    )


def counted(errors: int, warnings: int) -> str:
    """Say how policies loaded: `invalid: 1 error, 2 warnings`."""
    if not errors and not warnings:
        return "valid"
    word = "invalid" if errors else "valid"
    return f"{word}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tests_section(folder: Path) -> Section:
    """Say how the tests beside the policies end; that there are none is no fault."""
    if not (folder / _TESTS).is_dir():
        none = "there are none beside these policies"
        return Section(name="test", outcome=Outcome.FINE, summary=none)
    try:
        run = policy_test_run(run_tests(folder))
    except InvalidPolicies as error:
        return Section(
            name="test",
            outcome=Outcome.FAILED,
            summary="the tests cannot be read",
            lines=tuple(findings_table(error.findings)),
        )
    failed = [each for each in run.tests if not each.passed]
    return Section(
        name="test",
        outcome=Outcome.FAILED if failed else Outcome.FINE,
        summary=_tests_summary(run),
        lines=tuple(fenced(line for each in failed for line in failure_lines(each)))
        if failed
        else (),
    )


def _tests_summary(run: PolicyTestRun) -> str:
    failed = f", {run.failed} failed" if run.failed else ""
    shown = f"{run.coverage.percent} % of thresholds and effects shown"
    return f"{run.passed} passed{failed}; {shown}"


def plan_section(
    ask: Callable[[], Plan],
    instead: Callable[[], Plan] | None,
    *,
    is_base_at_fault: bool,
) -> Section:
    """Say what the change would do now, and where that cannot be told, what differs.

    `ask` plans on figures; where nobody gives them, `instead` compares files. Findings
    are of what the change is compared with where `is_base_at_fault`.
    """
    try:
        return _planned(ask())
    except InvalidPolicies as error:
        return _refused(error.findings, is_base_at_fault=is_base_at_fault)
    except SpendguardError as error:
        return _unasked(error, instead)


def plan_without_key(instead: Callable[[], Plan]) -> Section:
    """Say what differs where the key to ask a service is not given to this change."""
    try:
        plan = instead()
    except InvalidPolicies as error:
        return _refused(error.findings, is_base_at_fault=True)
    return Section(
        name="plan",
        outcome=Outcome.LOOK,
        summary=f"{_summary_of(plan)}; {_NO_KEY}",
        lines=tuple(plan_lines(plan)),
    )


def backtest_section(ask: Callable[[], BacktestBody] | None) -> Section:
    """Say what the policies would have done over the past; None is without a key."""
    if ask is None:
        return Section(name="backtest", outcome=Outcome.LOOK, summary=_NO_KEY)
    try:
        body = ask()
    except SpendguardError as error:
        return Section(
            name="backtest",
            outcome=Outcome.NOT_DONE,
            summary=f"not made: {prose(str(error))}",
        )
    known = [each for each in body.organizations if each.days]
    said = " ".join(
        f"{code(each.name)} over {len(each.days)} days: {prose(totals_of(each))}"
        for each in known
    )
    return Section(
        name="backtest",
        outcome=Outcome.FINE,
        summary=said or "nothing of the past is known here",
        lines=tuple(backtest_lines(body)) if known else (),
    )


def _planned(plan: Plan) -> Section:
    return Section(
        name="plan",
        outcome=_outcome_of(plan),
        summary=_summary_of(plan),
        lines=tuple(plan_lines(plan)) if plan.changes or plan.has_effect else (),
    )


def _outcome_of(plan: Plan) -> Outcome:
    if plan.has_effect:
        return Outcome.LOOK
    is_told = not any(map(is_blind, plan.organizations))
    return Outcome.FINE if is_told else Outcome.NOT_DONE


def _summary_of(plan: Plan) -> str:
    if not plan.changes and not plan.has_effect:
        return SAME
    said = summary_of(plan)
    return said if plan.organizations else f"{said}, by the files alone"


def _refused(findings: tuple[Finding, ...], *, is_base_at_fault: bool) -> Section:
    # A change that mends a broken base must not fail for what it mends.
    return Section(
        name="plan",
        outcome=Outcome.LOOK if is_base_at_fault else Outcome.FAILED,
        summary="not made: what the change is compared with is invalid itself"
        if is_base_at_fault
        else "refused by the service",
        lines=tuple(findings_table(findings)),
    )


def _unasked(error: SpendguardError, instead: Callable[[], Plan] | None) -> Section:
    return Section(
        name="plan",
        outcome=Outcome.NOT_DONE,
        summary=f"no figures: {prose(str(error))}",
        lines=() if instead is None else plan_without_key(instead).lines,
    )
