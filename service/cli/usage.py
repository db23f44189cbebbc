"""`spendguard usage`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from service.api.bodies.usage import UsageBody, UsageSum, usage_body
from service.cli.output import AsJson, bar, money_text, print_json, print_table
from service.cli.session import chosen, opened
from service.domain.errors import InvalidInput, NotFound
from service.domain.period import month_of

# No workspace that a policy looks at, or none at all.
_REST = "(the rest)"

app = typer.Typer(add_completion=False)


class Dimension(StrEnum):
    """What usage is summed by."""

    CATEGORY = "category"
    MODEL = "model"
    WORKSPACE = "workspace"
    DAY = "day"


@app.command()
def usage(
    context: typer.Context,
    organization: Annotated[str | None, typer.Argument()] = None,
    *,
    by: Annotated[Dimension, typer.Option(help="What to sum by.")] = Dimension.MODEL,
    period: Annotated[
        str | None, typer.Option(help="A month such as 2026-08; this one if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who spent how much, as the last check read it."""
    with opened(context) as application:
        services = application.services
        name = chosen(services.policies.current(), organization).name
        key = _month(period) if period else month_of(services.clock.now()).key
        months = services.queries.usage(name, key)
    if not months:
        raise NotFound(
            f"no usage of {name} in {key} was read yet: run spendguard check"
        )
    body = usage_body(months)
    if as_json:
        print_json(body)
        return
    _print_usage(body, by)


def _month(text: str) -> str:
    try:
        return f"{datetime.strptime(text, '%Y-%m').replace(tzinfo=UTC):%Y-%m}"
    except ValueError:
        raise InvalidInput(f"expected a month like 2026-08, not {text!r}") from None


def _print_usage(body: UsageBody, by: Dimension) -> None:
    total = _amount(body.total)
    rows = sorted(
        _parts(body, by), key=lambda part: _amount(part[1]) or 0, reverse=True
    )
    if by is Dimension.DAY:
        rows.sort(key=lambda part: part[0])
    if by is Dimension.WORKSPACE and body.rest is not None:
        rows.append((_REST, body.rest))
    print_table(
        (by.value, ">spend", "share", ">units", ">without a price"),
        (
            (
                name,
                money_text(part.spend),
                bar(_amount(part), total),
                f"{part.units:,}",
                f"{part.unpriced_units:,}" if part.unpriced_units else "",
            )
            for name, part in [*rows, ("total", body.total)]
        ),
        empty="nothing was used",
    )
    read_at = f"{body.captured_at:%Y-%m-%d %H:%M}Z"
    typer.echo(f"{body.organization}, {body.period}, as read at {read_at}")


def _parts(body: UsageBody, by: Dimension) -> Iterable[tuple[str, UsageSum]]:
    match by:
        case Dimension.DAY:
            return [(each.day or "no day", each) for each in body.by_day]
        case Dimension.CATEGORY:
            return [(each.name, each) for each in body.by_category]
        case Dimension.MODEL:
            return [(each.name, each) for each in body.by_model]
        case Dimension.WORKSPACE:
            return [(each.name, each) for each in body.by_workspace]


def _amount(part: UsageSum) -> Decimal | None:
    return None if part.spend is None else Decimal(part.spend.amount)
