"""`spendguard policy`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.api.bodies.explanation import explanation_body
from service.api.bodies.policies import Findings, finding_item
from service.bootstrap import validate_policies
from service.cli.explain_text import print_explanation
from service.cli.frame import FINDINGS
from service.cli.output import AsJson, print_json
from service.cli.policy_backtest import backtest
from service.cli.policy_comment import comment
from service.cli.policy_plan import plan
from service.cli.policy_report import report
from service.cli.policy_tests import try_tests
from service.cli.report_sections import counted
from service.cli.session import actor, environment_of, exit_code, opened
from service.domain import policy_test
from service.domain.policy import json_schema
from service.domain.usage import FigureState
from service.pipeline.explain_policy import explain_policy
from service.pipeline.follow import accept_history

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Policies.")
app.command()(plan)
app.command()(backtest)
app.command()(report)
app.command()(comment)
app.command("test")(try_tests)


@app.command()
def validate(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(help="A folder with a guard.yaml, or a file.")
    ],
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count.")] = False,
    without_secrets: Annotated[
        bool,
        typer.Option(
            "--without-secrets",
            help="Let the variables that guard.yaml names be unset, as in a review.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check policies and print every finding as FILE:LINE:COLUMN; else end with 1."""
    findings = validate_policies(
        path, environment_of(context), require_variables=not without_secrets
    )
    errors = [each for each in findings if not each.is_warning]
    if as_json:
        items = [finding_item(each) for each in findings]
        print_json(Findings(valid=not errors, findings=items))
    else:
        for each in findings:
            typer.echo(str(each))
        typer.echo(counted(len(errors), len(findings) - len(errors)), err=True)
    if errors or (strict and findings):
        raise typer.Exit(FINDINGS)


@app.command()
def schema(
    *,
    of_tests: Annotated[
        bool, typer.Option("--tests", help="Of the files in tests/ instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of policy files, for editors."""
    printed = policy_test.json_schema() if of_tests else json_schema()
    sys.stdout.write(json.dumps(printed, indent=2, ensure_ascii=False) + "\n")


@app.command()
def accept(
    context: typer.Context,
    commit: Annotated[
        str, typer.Argument(metavar="COMMIT", help="Its whole name, as alerted.")
    ],
) -> None:
    """Follow a history that was rewritten in the repository of the policies."""
    with opened(context, policies=False) as application:
        accept_history(application.services, actor=actor(), commit=commit)
        application.load_policies()
        policies = application.services.policies.current()
    typer.echo(f"accepted; in force: {policies.revision[:12]}")


@app.command()
def explain(
    context: typer.Context,
    policy_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say of each threshold what it sees now, why it fired or not, and what would.

    Reads the provider and keeps nothing; ends with 3 where it does not answer.
    """
    with opened(context) as application:
        body = explanation_body(explain_policy(application.services, policy_id))
    if as_json:
        print_json(body)
    else:
        print_explanation(body)
    states = [each.data for each in body.thresholds]
    unknown = [each for each in states if each.state is FigureState.UNKNOWN]
    if unknown:
        raise typer.Exit(exit_code(each.reason for each in unknown))
