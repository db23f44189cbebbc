"""`spendguard policy test`: unit tests of policies, in YAML beside them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from service.api.bodies.policy_test import (
    CoveredItem,
    PolicyTestItem,
    PolicyTestRun,
    policy_test_run,
)
from service.bootstrap import run_tests
from service.cli.frame import FINDINGS, USAGE
from service.cli.output import AsJson, harmless, print_json
from service.cli.session import settings_of
from service.domain.errors import InvalidPolicies

_Path = Annotated[
    Path | None,
    typer.Argument(
        help="A folder of policies with tests/ in it, or one file of tests; left out,"
        " the configured folder."
    ),
]
_WithCoverage = Annotated[
    bool,
    typer.Option(
        "--coverage",
        help="Say which test makes each threshold fire and shows its effect; end with 1"
        " where none does.",
    ),
]
_Name = Annotated[
    str, typer.Option("-k", help="Run only tests with this text in their name.")
]


def try_tests(
    context: typer.Context,
    path: _Path = None,
    *,
    coverage: _WithCoverage = False,
    name: _Name = "",
    as_json: AsJson = False,
) -> None:
    """Run the tests of policies; needs no secret, database or network.

    Ends with 1 where a test fails, with 2 where a file is wrong.
    """
    try:
        report = run_tests(path or settings_of(context).policies, name)
    except InvalidPolicies as error:
        for each in error.findings:
            typer.echo(str(each))
        raise typer.Exit(USAGE) from None
    body = policy_test_run(report)
    is_short = coverage and any(not each.shown_by for each in body.coverage.items)
    if as_json:
        print_json(body)
    else:
        _print_run(body)
        if coverage:
            _print_coverage(body)
    if body.failed or is_short or not body.tests:
        raise typer.Exit(FINDINGS)


def _print_run(body: PolicyTestRun) -> None:
    file = ""
    for each in body.tests:
        if each.file != file:
            file = each.file
            typer.echo(file)
        typer.echo(f"  {'ok    ' if each.passed else 'FAILED'}  {harmless(each.name)}")
    for each in body.tests:
        if not each.passed:
            _print_failure(each)
    typer.echo(f"\n{_counts(body)}")


def _print_failure(item: PolicyTestItem) -> None:
    typer.echo()
    for line in failure_lines(item):
        typer.echo(line)


def failure_lines(item: PolicyTestItem) -> Iterator[str]:
    """Say of a test that failed what was expected at each time, and what came."""
    yield f"FAILED {item.file}:{item.line} {harmless(item.name)}"
    at = None
    for each in item.differences:
        if each.at != at:
            at = each.at
            yield f"  {at:%Y-%m-%d %H:%M}"
        yield f"    expected  {harmless(each.expected)}"
        yield f"    got       {harmless(each.got)}"


def _counts(body: PolicyTestRun) -> str:
    if not body.tests:
        return "no test was run"
    failed = f", {body.failed} failed" if body.failed else ""
    return f"{body.passed} passed{failed}"


def _print_coverage(body: PolicyTestRun) -> None:
    items = body.coverage.items
    count = sum(bool(each.shown_by) for each in items)
    typer.echo(f"\n{count} of {len(items)} shown ({body.coverage.percent} %)")
    width = max((len(_subject(each)) for each in items), default=0)
    for each in items:
        typer.echo(f"  {_subject(each):<{width}}  {_shown_by(each)}")


def _subject(item: CoveredItem) -> str:
    return f"{item.name} {item.effect or 'fires'}"


def _shown_by(item: CoveredItem) -> str:
    if item.shown_by:
        return harmless("; ".join(item.shown_by))
    if item.never is not None:
        return f"MISSING: cannot happen, {item.never}"
    return "MISSING: no test shows it"
