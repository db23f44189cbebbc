"""A backtest in the terminal: a chart, what happened by day, and totals."""

from collections.abc import Iterator

import typer

from service.api.bodies.backtest import (
    BacktestBody,
    OrganizationBacktestItem,
    PastAlertItem,
    PastDayItem,
    PastLimitItem,
)
from service.cli.backtest_chart import BLOCKS, PLAIN, chart_lines
from service.cli.output import (
    console,
    harmless,
    limit_text,
    print_table,
    quantity_text,
    takes_blocks,
)

Row = tuple[str, str, str, str, str]


def print_backtest(body: BacktestBody) -> None:
    """Print what a set would have done, of each organization."""
    for each in body.organizations:
        _print_organization(each)


def _print_organization(item: OrganizationBacktestItem) -> None:
    typer.echo(f"{item.name}: {standing_of(item)}\n")
    out = console()
    for line in chart_lines(item, BLOCKS if takes_blocks() else PLAIN):
        style = "red" if line.endswith("  alerts") else None
        out.print(line, style=style, markup=False, no_wrap=True, crop=False)
    rows = list(rows_of(item))
    print_table(
        ("when", "grain", "what", "which", "why"),
        rows,
        empty="Nothing would have happened.",
    )
    typer.echo(totals_of(item))
    for note in item.notes:
        typer.echo(f"Note: {note}.")
    typer.echo("")


def standing_of(item: OrganizationBacktestItem) -> str:
    """Say what of the past is known."""
    if not item.days:
        return "nothing of its past is known"
    days = f"{len(item.days)} days from {item.days[0].date} to {item.days[-1].date}"
    if item.exact_since is None:
        return f"{days}, as the provider tells of each"
    since = f"{item.exact_since:%Y-%m-%d %H:%M}Z"
    return f"{days}, exact since {since} ({item.observations} observations)"


def totals_of(item: OrganizationBacktestItem) -> str:
    """Count what happened: `3 alerts fired, 1 resolved; 4 messages to finops; …`."""
    totals = item.totals
    messages = ", ".join(f"{n} to {name}" for name, n in totals.messages.items())
    changes = ", ".join(
        f"{n} {state.replace('_', ' ')}" for state, n in totals.limit_changes.items()
    )
    return (
        f"{totals.alerts_fired} alerts fired, {totals.alerts_resolved} resolved;"
        f" messages: {messages or 'none'}; limit changes: {changes or 'none'}."
    )


def rows_of(item: OrganizationBacktestItem) -> Iterator[Row]:
    """Give a line for all that happened, oldest first."""
    for day in item.days:
        found = [
            *((each.at, _alert(day, each)) for each in day.alerts),
            *((each.at, _change(day, each)) for each in day.limit_changes),
        ]
        for _, row in sorted(found, key=lambda each: each[0]):
            yield row


def _alert(day: PastDayItem, item: PastAlertItem) -> Row:
    when = f"{item.at:%Y-%m-%d %H:%M}"
    why = harmless(item.reason) or quantity_text(item.value)
    return when, day.grain.value, item.edge.value, _name(item), why


def _change(day: PastDayItem, item: PastLimitItem) -> Row:
    before = limit_text(item.from_, unlimited=item.from_unlimited)
    after = limit_text(item.to, unlimited=item.unlimited)
    step = before if after == "-" else f"{before} → {after}"
    what = f"{item.kind.value} {item.state.value.replace('_', ' ')}"
    why = f"{step}{f' ({item.reason})' if item.reason else ''}"
    when = f"{item.at:%Y-%m-%d %H:%M}"
    return when, day.grain.value, what, _name(item), why


def _name(item: PastAlertItem | PastLimitItem) -> str:
    if item.policy_id is None:
        return item.kind.value
    if item.threshold_id is None:
        return item.policy_id
    return f"{item.policy_id}/{item.threshold_id}"
