"""A backtest as a comment on a pull request."""

from collections.abc import Iterator

from service.api.bodies.backtest import BacktestBody, OrganizationBacktestItem
from service.cli.backtest_chart import PLAIN, chart_lines
from service.cli.backtest_text import rows_of, standing_of, totals_of
from service.cli.markdown import code, fenced, prose, table

MARKER = "<!-- spendguard:policy-backtest -->"
_TITLE = "### Spendguard: what these policies would have done"
# As many as a table of a comment shows.
_MOST_ROWS = 40


def backtest_markdown(body: BacktestBody) -> str:
    """Give the comment: a chart, the newest events and the totals of each."""
    return "\n".join([MARKER, _TITLE, *backtest_lines(body)])


def backtest_lines(body: BacktestBody) -> Iterator[str]:
    """Give the lines of a backtest, organization by organization."""
    for each in body.organizations:
        yield from _organization(each)


def _organization(item: OrganizationBacktestItem) -> Iterator[str]:
    yield ""
    yield f"{code(item.name)}: {prose(standing_of(item))}"
    yield ""
    yield f"**{totals_of(item)}**"
    chart = list(chart_lines(item, PLAIN))
    if chart:
        yield ""
        yield from fenced(chart)
    rows = list(rows_of(item))
    if rows:
        yield ""
        shown = rows[-_MOST_ROWS:]
        if len(shown) < len(rows):
            yield f"The newest {len(shown)} of {len(rows)} events:"
            yield ""
        yield from table(
            ("when", "grain", "what", "which", "why"),
            [
                (when, grain, prose(what), code(which), prose(why))
                for when, grain, what, which, why in shown
            ],
        )
    for note in item.notes:
        yield ""
        yield f"_{prose(note)}._"
