"""`spendguard limit`."""

from decimal import Decimal
from typing import Annotated

import typer

from service.api.bodies.approvals import approval_item
from service.api.bodies.drift import adopted_body
from service.api.bodies.limits import LimitChangeItem, limit_change_item
from service.api.bodies.spend_limit import SpendLimitBody, spend_limit_body
from service.api.bodies.tracking import released_body
from service.cli.frame import FINDINGS, UNREACHABLE
from service.cli.output import (
    AsJson,
    bar_of,
    console,
    limit_text,
    money_text,
    print_json,
)
from service.cli.session import actor, chosen, moment, opened
from service.domain.approval_telling import asked_for
from service.domain.errors import InvalidInput
from service.domain.guard import Organization
from service.domain.limit_change import ChangeState, FailReason, LimitChange
from service.domain.money import Money
from service.domain.usage import SpendLimit
from service.pipeline.drift import adopt_drift, revert_drift
from service.pipeline.increase import Wish, request_increase
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.release import release_tracking

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The provider's spend limit."
)
Name = Annotated[
    str | None,
    typer.Option(
        "--organization", "-o", help="Which one; needed where there are several."
    ),
]


@app.command()
def show(
    context: typer.Context, organization: Name = None, *, as_json: AsJson = False
) -> None:
    """Ask the provider for the spend limit, and show what bounds it here."""
    with opened(context, creates=True) as application:
        services = application.services
        wanted = chosen(services.policies.current(), organization)
        body = spend_limit_body(services, wanted)
    if as_json:
        print_json(body)
        return
    _print_limit(body)


@app.command("set")
def set_spend_limit(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    amount: Annotated[
        str | None, typer.Argument(help="Whole units of the currency.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; goes into the audit log.")],
    unlimited: Annotated[bool, typer.Option("--unlimited", help="No limit.")] = False,
    expires_at: Annotated[
        str | None,
        typer.Option(help="Until when policies keep off: 2026-09-01T00:00:00Z, or 3d."),
    ] = None,
    below_spend: Annotated[
        bool,
        typer.Option(
            "--below-spend", "--yes", help="Also below the spend: production stops."
        ),
    ] = False,
    organization: Name = None,
    as_json: AsJson = False,
) -> None:
    """Set the spend limit; policies keep off it until it expires or the period ends."""
    if (amount is None) != unlimited:
        raise InvalidInput("give either AMOUNT or --unlimited")
    with opened(context, creates=True) as application:
        services = application.services
        about = chosen(services.policies.current(), organization)
        request = LimitRequest(
            organization=about.name,
            wanted=SpendLimit(None if amount is None else _whole(amount, about)),
            note=reason,
            actor=actor(),
            expires_at=moment(expires_at, services.clock.now()),
            below_spend=below_spend,
        )
        change = set_limit(services, request)
    _end(change, as_json=as_json)


def _end(change: LimitChange, *, as_json: bool) -> None:
    """Print what came of a change, and end as that says."""
    item = limit_change_item(change)
    if as_json:
        print_json(item)
    else:
        console().print(_outcome(item))
        for warning in item.warnings:
            typer.echo(f"warning: {warning}", err=True)
    if change.state is not ChangeState.APPLIED:
        raise typer.Exit(
            UNREACHABLE if change.state is ChangeState.UNKNOWN else FINDINGS
        )


@app.command()
def adopt(
    context: typer.Context, organization: Name = None, *, as_json: AsJson = False
) -> None:
    """Keep a limit that was moved outside; policies keep off it until the month ends.

    Ends with 1 where no drift is open.
    """
    with opened(context, creates=True) as application:
        services = application.services
        about = chosen(services.policies.current(), organization)
        adopted = adopt_drift(services, actor=actor(), organization=about.name)
    body = adopted_body(adopted)
    if as_json:
        print_json(body)
        return
    kept = limit_text(body.spend_limit, unlimited=body.unlimited)
    console().print(f"{body.organization}: {kept} is kept until {body.until:%Y-%m-%d}")


@app.command()
def revert(
    context: typer.Context, organization: Name = None, *, as_json: AsJson = False
) -> None:
    """Put a limit that was moved outside back to where it was, unless spend is past it.

    Ends with 1 where no drift is open, or where it cannot be put back.
    """
    with opened(context, creates=True) as application:
        services = application.services
        about = chosen(services.policies.current(), organization)
        change = revert_drift(services, actor=actor(), organization=about.name)
    _end(change, as_json=as_json)


@app.command()
def release(
    context: typer.Context, organization: Name = None, *, as_json: AsJson = False
) -> None:
    """Say that the spend is healthy: a limit that holds follows it again.

    Ends with 1 where nothing is held.
    """
    with opened(context, creates=True) as application:
        services = application.services
        about = chosen(services.policies.current(), organization)
        released = release_tracking(services, actor=actor(), organization=about.name)
    body = released_body(released)
    if as_json:
        print_json(body)
        return
    held = f"held since {body.held_since:%Y-%m-%d %H:%M}Z ({body.reason})"
    console().print(f"{body.organization}: {held}; the next check moves the limit")


@app.command()
def request(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    amount: Annotated[str, typer.Argument(help="Whole units of the currency.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; whoever decides reads it.")],
    expires_at: Annotated[
        str | None,
        typer.Option(help="Until when policies keep off: 2026-09-01T00:00:00Z, or 3d."),
    ] = None,
    organization: Name = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a higher limit; another person decides within a day."""
    with opened(context, creates=True) as application:
        services = application.services
        about = chosen(services.policies.current(), organization)
        wish = Wish(
            organization=about.name,
            amount=_whole(amount, about).amount,
            reason=reason,
            actor=actor(),
            expires_at=moment(expires_at, services.clock.now()),
        )
        approval = request_increase(services, wish)
    item = approval_item(approval)
    if as_json:
        print_json(item)
        return
    console().print(f"asked to {asked_for(approval)}: {item.id} waits for an answer")


def _whole(text: str, organization: Organization) -> Money:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(f"an amount is in whole units, from 0, not {text!r}")
    return Money(Decimal(text), organization.currency)


def _print_limit(body: SpendLimitBody) -> None:
    share = bar_of(body.spend, body.spend_limit)
    lines = {
        "spend limit": limit_text(body.spend_limit, unlimited=body.unlimited),
        "spend": f"{money_text(body.spend)}  {share}".rstrip(),
        "headroom": money_text(body.headroom),
        "ceiling": money_text(body.ceiling),
        "floor": money_text(body.floor),
    }
    if body.limit_reached:
        lines["reached"] = "yes: the provider refuses further use"
    if body.override is not None:
        chosen_limit = limit_text(
            body.override.spend_limit, unlimited=body.override.unlimited
        )
        until = f"{body.override.until:%Y-%m-%d %H:%M}Z"
        lines["override"] = f"{chosen_limit} by {body.override.by} until {until}"
    if body.tracking_held is not None:
        since = f"{body.tracking_held.since:%Y-%m-%d %H:%M}Z"
        lines["held"] = f"since {since} ({body.tracking_held.reason}): limit release"
    if body.circuit_open:
        lines["circuit"] = "open: no automatic change until `spendguard resume`"
    if body.paused:
        lines["automation"] = "paused"
    out = console()
    out.print(f"[bold]{body.organization}[/]")
    for name, value in lines.items():
        out.print(f"  {name:<12} {value}")


def _outcome(item: LimitChangeItem) -> str:
    to = limit_text(item.to, unlimited=item.unlimited)
    before = limit_text(item.from_, unlimited=item.from_unlimited)
    why = f" ({item.reason})" if item.state is not ChangeState.APPLIED else ""
    # A refusal without the provider's own words helps nobody.
    if item.reason == FailReason.REJECTED:
        why = f"{why}: {item.note}"
    return f"{item.organization}: {before} → {to}: {item.state}{why}"
