"""`spendguard policy`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.api.bodies.explanation import explanation
from service.api.bodies.policies import Findings, finding_item
from service.bootstrap import validate_policies
from service.cli.frame import FINDINGS
from service.cli.output import AsJson, print_json, print_table, quantity_text
from service.cli.policy_plan import plan
from service.cli.session import environment_of, opened
from service.domain.errors import NotFound
from service.domain.policy import json_schema

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Policies.")
app.command()(plan)


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
        typer.echo(_summary(len(errors), len(findings) - len(errors)), err=True)
    if errors or (strict and findings):
        raise typer.Exit(FINDINGS)


@app.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "valid"
    word = "invalid" if errors else "valid"
    return f"{word}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@app.command()
def explain(
    context: typer.Context,
    policy_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say for each threshold why it fired or did not, at the last check."""
    with opened(context) as application:
        services = application.services
        declared = services.policies.current().declared(policy_id)
        if declared is None:
            raise NotFound(f"no policy in force has the id {policy_id}")
        policy = declared.policy
        check = services.queries.last_check(policy.organization)
    body = explanation(policy, check)
    if as_json:
        print_json(body)
        return
    at = "not checked yet" if body.at is None else f"{body.at:%Y-%m-%d %H:%M:%S}Z"
    typer.echo(f"{body.policy_id} ({body.mode}), {body.organization}, {at}")
    print_table(
        ("threshold", "watches", ">value", ">bound", "outcome", "why"),
        (
            (
                each.threshold_id,
                each.watches,
                quantity_text(each.value),
                quantity_text(each.bound),
                each.outcome,
                each.reason,
            )
            for each in body.thresholds
        ),
        empty="the policy has no thresholds",
    )
