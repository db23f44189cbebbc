"""A plan in the terminal."""

import typer

from service.api.bodies.plan import OrganizationPlanItem, Plan
from service.cli.output import harmless, print_table, quantity_text
from service.cli.plan_words import (
    ALERT_WORDS,
    LIMIT_WORDS,
    SAME,
    advice_of,
    change_of,
    name_of,
    standing_of,
    step_of,
    summary_of,
)


def print_plan(plan: Plan) -> None:
    """Print what differs, what would happen now, and what to do."""
    if not plan.changes and not plan.has_effect:
        typer.echo(SAME)
        return
    typer.echo(f"{summary_of(plan)}\n")
    if plan.changes:
        rows = [(each.target, *change_of(each)) for each in plan.changes]
        print_table(("policy", "what", "in force", "draft"), rows, empty="")
    for each in plan.organizations:
        _print_organization(each)
    typer.echo(f"\n{advice_of(plan)}")


def _print_organization(item: OrganizationPlanItem) -> None:
    typer.echo(f"\n{item.name}: {harmless(standing_of(item))}")
    if item.alerts:
        print_table(
            ("alert", "what", ">value", ">bound", "why", "told"),
            (
                (
                    name_of(each),
                    ALERT_WORDS[each.move],
                    quantity_text(each.value),
                    quantity_text(each.bound),
                    each.reason,
                    ", ".join(each.channels),
                )
                for each in item.alerts
            ),
            empty="",
        )
    if item.limit_changes:
        print_table(
            ("limit", "by", "from → to", "what", "why"),
            (
                (
                    each.kind,
                    name_of(each),
                    step_of(each),
                    LIMIT_WORDS[each.move],
                    each.reason,
                )
                for each in item.limit_changes
            ),
            empty="",
        )
