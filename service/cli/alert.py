"""`spendguard alert`."""

from typing import Annotated

import typer

from service.api.bodies.alerts import AlertItem, alert_item
from service.cli.output import (
    AsJson,
    alert_name,
    print_json,
    print_table,
    quantity_text,
)
from service.cli.session import actor, opened
from service.domain.alert import AlertState
from service.pipeline.approvals import pending_approvals
from service.pipeline.respond import acknowledge
from service.pipeline.respond_silences import active_silences
from service.ports import AlertFilter, PageRequest

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Alerts.")


@app.command("list")
def list_alerts(
    context: typer.Context,
    organization: Annotated[
        str | None, typer.Argument(help="Only of this one.")
    ] = None,
    *,
    state: Annotated[
        AlertState | None, typer.Option(help="Only in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List alerts, newest first."""
    wanted = AlertFilter(organization=organization, state=state)
    with opened(context, policies=False) as application:
        page = application.services.queries.alerts(wanted, PageRequest(limit=limit))
        silences = active_silences(application.services)
        pending = pending_approvals(application.services)
        items = [alert_item(alert, silences, pending) for alert in page.items]
    if as_json:
        print_json(items)
        return
    print_table(
        (
            "since",
            "organization",
            "alert",
            "severity",
            "state",
            "seen by",
            "muted by",
            ">value",
            ">bound",
            "id",
        ),
        (_row(item) for item in items),
        empty="no alerts",
    )


@app.command("ack")
def acknowledge_alert(
    context: typer.Context, alert_id: str, *, as_json: AsJson = False
) -> None:
    """Acknowledge an alert, which stops its reminders."""
    with opened(context, policies=False) as application:
        alert = acknowledge(application.services, actor=actor(), alert_id=alert_id)
    if as_json:
        print_json(alert_item(alert))
        return
    typer.echo(f"acknowledged by {alert.acknowledged_by}")


def _row(item: AlertItem) -> tuple[object, ...]:
    return (
        item.fired_at or item.pending_at,
        item.organization,
        alert_name(item),
        item.severity,
        item.state,
        item.acknowledged_by,
        item.muted_by,
        quantity_text(item.value),
        quantity_text(item.bound),
        item.id,
    )
