"""`spendguard status`."""

from datetime import timedelta
from decimal import Decimal
from textwrap import shorten

import typer

from service.api.bodies.alerts import AlertItem
from service.api.bodies.approvals import ApprovalItem
from service.api.bodies.following import FollowingBody
from service.api.bodies.notifications import ChannelItem
from service.api.bodies.status import OrganizationItem, StatusBody, status_body
from service.cli.frame import UNREACHABLE
from service.cli.output import (
    AsJson,
    alert_name,
    bar_of,
    drift_text,
    harmless,
    history_text,
    limit_text,
    money_text,
    print_json,
    print_table,
    quantity_text,
)
from service.cli.session import exit_code, opened
from service.domain.quantity import rough_duration
from service.domain.status import StatusState

_LONGEST_REASON = 100  # the whole of it is in `spendguard alert list --json`

app = typer.Typer(add_completion=False)


@app.command()
def status(
    context: typer.Context,
    *,
    as_json: AsJson = False,
) -> None:
    """Show where every organization stands, as its last check saw it.

    Nothing is asked of the provider: `spendguard check` does that. Ends with 3 where
    the provider gave no spend at the last check.
    """
    with opened(context) as application:
        body = status_body(application.services)
    if as_json:
        print_json(body)
    else:
        _print_status(body)
    unknown = [
        each.data.reason
        for each in body.organizations
        if each.state is StatusState.UNKNOWN
    ]
    if exit_code(unknown) == UNREACHABLE:
        raise typer.Exit(UNREACHABLE)


def _print_status(body: StatusBody) -> None:
    print_table(
        (
            "organization",
            "state",
            ">spend",
            ">limit",
            ">forecast",
            "used",
            ">per hour",
            ">left",
            ">age",
            ">alerts",
        ),
        (_row(each) for each in body.organizations),
        empty="no organizations",
    )
    for each in body.organizations:
        _print_details(each)
    policies = body.policies
    author = f" by {harmless(policies.author)}" if policies.author else ""
    commit = f", commit {policies.commit[:12]}{author}" if policies.commit else ""
    typer.echo(
        f"policies {policies.revision[:12]}{commit}, in force since"
        f" {policies.loaded_at:%Y-%m-%d %H:%M:%S}Z"
    )
    if policies.error:
        typer.echo(f"a newer set was refused:\n{policies.error}")
    if policies.following is not None:
        typer.echo(_following(policies.following))
    for channel in body.channels:
        typer.echo(_proof(channel))
    if body.active_silences:
        typer.echo(f"active silences: {body.active_silences}: spendguard silence list")
    if body.paused:
        typer.echo("automatic limit changes are paused: spendguard resume")


def _following(following: FollowingBody) -> str:
    """Say which repository is followed, how far, and what keeps it from going on."""
    asked = following.fetched_at
    read = f"last read {asked:%Y-%m-%d %H:%M:%S}Z" if asked else "never read"
    told = f"following {harmless(following.repository)}, {read}"
    if following.trouble is None or following.troubled_since is None:
        return told
    since = f"{following.troubled_since:%Y-%m-%d %H:%M:%S}Z"
    return f"{told}; since {since}: {harmless(following.trouble)}"


def _proof(channel: ChannelItem) -> str:
    """Say when a channel was last proven, and what to do where it was not."""
    if channel.last_delivered_at is None:
        test = f"spendguard channel test {channel.name}"
        proof = f"never proven to work: {test}"
    else:
        proof = f"last proven {channel.last_delivered_at:%Y-%m-%d %H:%M:%S}Z"
    failure = f"; failing: {channel.last_error}" if channel.failing else ""
    return f"channel {channel.name}: {proof}{failure}"


def _row(item: OrganizationItem) -> tuple[object, ...]:
    age = item.data_age_seconds
    return (
        item.name,
        item.state,
        money_text(item.spend),
        limit_text(item.spend_limit, unlimited=item.unlimited),
        money_text(item.forecast),
        bar_of(item.spend, item.spend_limit),
        money_text(item.burn_rate),
        _left(item),
        "" if age is None else rough_duration(timedelta(seconds=age)),
        len(item.open_alerts) or "",
    )


def _left(item: OrganizationItem) -> str:
    if item.hours_left is None:
        return ""
    return rough_duration(
        timedelta(hours=int(min(Decimal(item.hours_left), Decimal(100_000))))
    )


def _print_forecast(item: OrganizationItem) -> None:
    if item.forecast is not None:
        low, high = (
            f"{Decimal(each):,.2f}" for each in (item.forecast.low, item.forecast.high)
        )
        typer.echo(
            f"{item.name}: the month is expected to end between {low} and {high}"
            f" {item.forecast.currency}, in four cases of five"
        )
    elif item.forecast_reason is not None:
        typer.echo(f"{item.name}: no forecast: {harmless(item.forecast_reason)}")


def _print_hold(item: OrganizationItem) -> None:
    if item.tracking_held is not None:
        hold = item.tracking_held
        typer.echo(
            f"{item.name}: the limit follows no more since {hold.since:%Y-%m-%d %H:%M}Z"
            f" ({hold.reason}): spendguard limit release"
        )


def _print_details(item: OrganizationItem) -> None:
    if item.data.reason:
        detail = f": {item.data.detail}" if item.data.detail else ""
        typer.echo(
            f"{item.name}: {item.data.state}: {item.data.reason}{harmless(detail)}"
        )
    _print_forecast(item)
    _print_hold(item)
    if item.circuit_open:
        typer.echo(f"{item.name}: circuit open, no automatic change: spendguard resume")
    if item.override_until is not None:
        until = f"{item.override_until:%Y-%m-%d %H:%M}Z"
        typer.echo(f"{item.name}: a limit set by hand holds until {until}")
    if item.raise_ends_at is not None:
        ends = f"{item.raise_ends_at:%Y-%m-%d %H:%M}Z"
        typer.echo(f"{item.name}: a raise of the limit ends at {ends}")
    if item.drift is not None:
        typer.echo(f"{item.name}: {drift_text(item.drift, item.name)}")
    for request in item.awaiting_approval:
        typer.echo(f"{item.name}: {_question(request)}")
    for alert in item.open_alerts:
        typer.echo(f"{item.name}: {alert.severity}: {_alert(alert)}")
    typer.echo(f"{item.name}: {history_text(item.history)}")


def _question(request: ApprovalItem) -> str:
    """Say what a person is asked, until when, and how to answer."""
    before = limit_text(request.from_, unlimited=request.from_unlimited)
    return (
        f"waits for approval until {request.expires_at:%Y-%m-%d %H:%M}Z:"
        f" {request.kind} from {before} to {money_text(request.to)}:"
        f" spendguard approval approve | deny {request.id}"
    )


def _alert(alert: AlertItem) -> str:
    """Name an alert with its figures, or with its reason where it has none."""
    told = [alert_name(alert)]
    if alert.value is not None and alert.bound is not None:
        told.append(f"{quantity_text(alert.value)} of {quantity_text(alert.bound)}")
    else:
        told.append(shorten(harmless(alert.reason), _LONGEST_REASON, placeholder="…"))
    seen = (
        f" (acknowledged by {alert.acknowledged_by})" if alert.acknowledged_by else ""
    )
    muted = f" (muted by {alert.muted_by})" if alert.muted_by else ""
    return ": ".join(told) + seen + muted
