"""`spendguard check`."""

from collections.abc import Iterable
from typing import Annotated

import typer

from service.api.bodies.checks import CheckItem
from service.api.checking import checked
from service.cli.output import (
    AsJson,
    bar_of,
    harmless,
    limit_text,
    money_text,
    print_json,
    print_table,
)
from service.cli.past import read_past
from service.cli.session import chosen, exit_code, opened
from service.domain.check import CheckOutcome
from service.pipeline.deliver import deliver_due

app = typer.Typer(add_completion=False)


@app.command()
def check(
    context: typer.Context,
    organization: Annotated[
        str | None, typer.Argument(help="Only this one; all if left out.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide, but keep and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check now, act as the policies say, and show what came of it.

    Afterwards the past months that are not known yet are read, some at the first check
    and few later: a line on standard error says so.

    Ends with 3 where the provider gave no spend, with 1 where it gave none to believe.
    """
    with opened(context, creates=True, keeps=not dry_run) as application:
        services = application.services
        policies = services.policies.current()
        names = [each.name for each in policies.guard.organizations]
        if organization is not None:
            names = [chosen(policies, organization).name]
        items = checked(services, names, dry_run=dry_run)
        if not dry_run:
            deliver_due(services)
        if as_json:
            print_json(items)
        else:
            _print_checks(items)
        if not dry_run:
            for each in policies.guard.organizations:
                if each.name in names:
                    read_past(services, each)
    unknown = [each for each in items if each.outcome is CheckOutcome.UNKNOWN]
    if unknown:
        raise typer.Exit(exit_code(each.data.reason for each in unknown))


def _print_checks(items: Iterable[CheckItem]) -> None:
    items = list(items)
    print_table(
        ("organization", "data", ">spend", ">limit", "used", "fired", "limit change"),
        (
            (
                item.organization,
                item.data.state,
                money_text(item.spend),
                limit_text(item.spend_limit, unlimited=item.unlimited),
                bar_of(item.spend, item.spend_limit),
                len(item.alerts_fired) or "",
                _change(item),
            )
            for item in items
        ),
        empty="no organizations",
    )
    for item in items:
        if item.data.reason:
            detail = f": {item.data.detail}" if item.data.detail else ""
            typer.echo(f"{item.organization}: {item.data.reason}{harmless(detail)}")
    decisions = [
        (f"{each.policy_id}/{each.threshold_id}", each.outcome, each.reason)
        for item in items
        for each in item.decisions
    ]
    if decisions:
        typer.echo()
        print_table(("threshold", "outcome", "why"), decisions, empty="")


def _change(item: CheckItem) -> str:
    change = item.limit_change
    if change is None:
        return ""
    to = limit_text(change.to, unlimited=change.unlimited)
    return f"to {to}: {change.state}" + (f" ({change.reason})" if change.reason else "")
