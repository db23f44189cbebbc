"""What commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from unicodedata import category

import typer
from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.api.bodies.alerts import AlertItem
from service.api.bodies.base import MoneyBody, Quantity
from service.api.bodies.drift import DriftBody
from service.api.bodies.status import HistoryBody
from service.domain.money import spoken

# Wide enough for every table of ours: a pipe has no edge to wrap at.
_PIPE_WIDTH = 200
_BAR_CELLS = 20
_COLOURS = {
    "critical": "bold red",
    "warning": "yellow",
    "firing": "red",
    "fired": "red",
    "failed": "red",
    "unknown": "magenta",
    "alerting": "red",
    "paused": "yellow",
    "pending": "yellow",
    "mismatch": "yellow",
    "incomplete": "yellow",
    "ok": "green",
    "known": "green",
    "applied": "green",
    "delivered": "green",
    "resolved": "green",
    "completed": "green",
}


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def console() -> Console:
    """Give a console on standard output: of the terminal's width, or a wide one."""
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False)


def print_json(value: BaseModel | Iterable[BaseModel]) -> None:
    """Print one value, or the list shape of the REST API for several."""
    if isinstance(value, BaseModel):
        body = value.model_dump(mode="json", by_alias=True)
    else:
        items = [each.model_dump(mode="json", by_alias=True) for each in value]
        body = {"items": items}
    sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str
) -> None:
    """Print a table; a column whose name starts with `>` is set to the right."""
    lines = [[_cell(each) for each in row] for row in rows]
    if not lines:
        console().print(empty)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        is_right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"),
            justify="right" if is_right else "left",
            no_wrap=is_right,
            overflow="fold",
        )
    for line in lines:
        table.add_row(*line)
    console().print(table)


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, bool):
        return "yes" if value else "no"
    colour = _COLOURS.get(str(value))
    text = escape(harmless(str(value)))
    return f"[{colour}]{text}[/]" if colour else text


def harmless(text: str) -> str:
    """Take out what a terminal would obey; a name of the provider's may hold it."""
    return "".join(" " if category(each)[0] == "C" else each for each in text)


def bar(part: Decimal | None, whole: Decimal | None) -> str:
    """Draw a share as a bar with its percent; empty where either is not known."""
    if part is None or whole is None or whole <= 0:
        return ""
    share = part / whole
    filled = round(min(max(share, Decimal(0)), Decimal(1)) * _BAR_CELLS)
    full, rest = ("█", "░") if takes_blocks() else ("#", ".")
    return f"{full * filled}{rest * (_BAR_CELLS - filled)} {share * 100:.0f}%"


def bar_of(part: MoneyBody | None, whole: MoneyBody | None) -> str:
    """Draw a share of money as a bar with its percent."""
    if part is None or whole is None:
        return ""
    return bar(Decimal(part.amount), Decimal(whole.amount))


def money_text(amount: MoneyBody | None) -> str:
    """Write money to the cent, as `1,292.80 EUR`; `-` where it is not known."""
    return "-" if amount is None else f"{Decimal(amount.amount):,.2f} {amount.currency}"


def limit_text(amount: MoneyBody | None, *, unlimited: bool | None) -> str:
    """Write a limit as `292.80 EUR`, `unlimited`, or `-` where it is not known."""
    return "unlimited" if unlimited else money_text(amount)


def quantity_text(quantity: Quantity | None) -> str:
    """Write a figure with its unit: `87.50%`, `292.80 EUR`."""
    if quantity is None:
        return "-"
    if quantity.unit == "%":
        return f"{spoken(Decimal(quantity.amount))}%"
    if quantity.currency is not None:
        return f"{Decimal(quantity.amount):,.2f} {quantity.currency}"
    return f"{quantity.amount} {quantity.unit}".strip()


def alert_name(alert: AlertItem) -> str:
    """Write what fired: `acme-monthly/half`, or the kind where no policy did.

    The latter may be about a part of the usage or a channel, which is named with it.
    """
    if alert.policy_id is None:
        about = f" ({harmless(alert.scope)})" if alert.scope else ""
        return f"{alert.kind.value}{about}"
    return f"{alert.policy_id}/{alert.threshold_id}"


def drift_text(drift: DriftBody, organization: str) -> str:
    """Say from where to where the limit was moved outside, by whom, and what to do."""
    before = limit_text(drift.from_, unlimited=drift.from_unlimited)
    after = limit_text(drift.to, unlimited=drift.to_unlimited)
    who = f" by {harmless(drift.who)}" if drift.who else ""
    return (
        f"the limit was moved outside from {before} to {after}{who}, seen"
        f" {drift.since:%Y-%m-%d %H:%M}Z: spendguard limit adopt | revert"
        f" --organization {organization}"
    )


def history_text(history: HistoryBody) -> str:
    """Say how much of the past is known, and why it is not more."""
    since = f" since {history.oldest}" if history.oldest else ""
    known = f"history: {history.months_read} of {history.months_wanted} months{since}"
    if history.reason is None:
        return known if history.complete else f"{known}, still being read"
    why = f"{history.reason}: {harmless(history.detail)}"
    if history.complete:
        return f"{known}, as far as the provider answers ({why})"
    return f"{known}, the next is tried again ({why})"


def takes_blocks() -> bool:
    """Say whether standard output takes signs beyond ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
