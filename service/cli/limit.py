"""`spendguard limit`."""

from decimal import Decimal
from typing import Annotated

import typer

from service.api.bodies.base import is_unlimited, limit_money, money
from service.api.bodies.limits import (
    LimitChangeItem,
    OverrideBody,
    SpendLimitBody,
    limit_change_item,
)
from service.cli.frame import FINDINGS, UNREACHABLE
from service.cli.output import (
    bar_of,
    console,
    limit_text,
    money_text,
    print_json,
)
from service.cli.session import actor, chosen, moment, opened
from service.domain.errors import InvalidInput
from service.domain.guard import Organization
from service.domain.limit_change import ChangeState
from service.domain.money import Money
from service.domain.usage import SpendLimit
from service.pipeline.limits import LimitRequest, ceiling_of, set_limit
from service.ports import Services

app = typer.Typer(no_args_is_help=True, help="The provider's spend limit.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[
    str | None,
    typer.Option(
        "--organization", "-o", help="Which one; needed where there are several."
    ),
]


@app.command()
def show(
    context: typer.Context, organization: Name = None, *, as_json: Json = False
) -> None:
    """Ask the provider for the spend limit, and show what bounds it here."""
    with opened(context, creates=True) as application:
        services = application.services
        wanted = chosen(services.policies.current(), organization)
        body = _limit_body(services, wanted)
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
    organization: Name = None,
    as_json: Json = False,
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
        )
        change = set_limit(services, request)
    item = limit_change_item(change)
    if as_json:
        print_json(item)
    else:
        console().print(_outcome(item))
    if change.state is not ChangeState.APPLIED:
        raise typer.Exit(
            UNREACHABLE if change.state is ChangeState.UNKNOWN else FINDINGS
        )


def _whole(text: str, organization: Organization) -> Money:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(f"an amount is in whole units, from 0, not {text!r}")
    return Money(Decimal(text), organization.currency)


def _limit_body(services: Services, organization: Organization) -> SpendLimitBody:
    reading = services.admin_api(organization.name).spend_limit()
    state = next(
        (
            each
            for each in services.queries.organization_states()
            if each.organization == organization.name
        ),
        None,
    )
    amount = None if reading.limit is None else reading.limit.amount
    headroom = None
    if amount is not None and reading.total is not None:
        headroom = amount.amount - reading.total
    override = None if state is None else state.override
    return SpendLimitBody(
        organization=organization.name,
        spend_limit=limit_money(reading.limit),
        unlimited=is_unlimited(reading.limit),
        spend=money(reading.total, reading.currency),
        headroom=money(headroom, reading.currency),
        limit_reached=reading.is_reached,
        observed_at=services.clock.now(),
        ceiling=money(ceiling_of(services, organization), organization.currency),
        floor=money(organization.guardrails.min_limit, organization.currency),
        override=None
        if override is None
        else OverrideBody(
            spend_limit=limit_money(override.limit),
            unlimited=override.limit.is_unlimited,
            by=override.by,
            set_at=override.set_at,
            until=override.until,
        ),
        circuit_open=state is not None and state.is_circuit_open,
        paused=services.queries.is_paused(),
    )


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
    return f"{item.organization}: {before} → {to}: {item.state}{why}"
