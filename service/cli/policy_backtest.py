"""`spendguard policy backtest`: policies on the past, before they are trusted."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import httpx
import typer

from service.api.bodies.backtest import BacktestBody, backtest_body
from service.bootstrap import PastWish, backtest_here
from service.cli.backtest_markdown import backtest_markdown
from service.cli.backtest_text import print_backtest
from service.cli.output import AsJson, print_json
from service.cli.policy_plan import AsMarkdown, Url, sent_draft
from service.cli.remote import ask_backtest
from service.cli.session import environment_of, opened, settings_of
from service.domain.errors import InvalidInput
from service.domain.past_read import PAST_MONTHS

_DraftPath = Annotated[
    Path | None,
    typer.Argument(
        help="A folder with a guard.yaml, or a file to put over the set in force;"
        " left out, the set in force."
    ),
]
_Months = Annotated[
    int,
    typer.Option(
        "--months", min=1, max=PAST_MONTHS, help="Months before this one to replay."
    ),
]
_Offline = Annotated[
    bool,
    typer.Option("--offline", help="Replay what is kept; read nothing of a provider."),
]


def backtest(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    path: _DraftPath = None,
    *,
    months: _Months = PAST_MONTHS,
    offline: _Offline = False,
    url: Url = None,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Show what policies would have done over the past; keep nothing, tell nobody.

    Exact where checks of this database looked, by the day where only the provider's
    days are known; months that are not kept are read, unless --offline.
    """
    if as_json and as_markdown:
        raise InvalidInput("print either --json or --markdown")
    if url is not None and (offline or path is None):
        raise InvalidInput("--url sends a draft: name it, and leave out --offline")
    wish = PastWish(path=path, months=months, is_offline=offline)
    body = backtested(context, wish, url)
    _show(body, as_json=as_json, as_markdown=as_markdown)


def backtested(context: typer.Context, wish: PastWish, url: str | None) -> BacktestBody:
    """Replay what is known here, or have the service at the address replay a draft."""
    if url is not None and wish.path is not None:
        settings, draft = settings_of(context), sent_draft(wish.path)
        said = ask_backtest(settings, url, draft, wish.months, httpx.HTTPTransport())
        return BacktestBody.model_validate_json(said)
    progress = _Progress()
    with opened(context, policies=False, creates=True, keeps=False) as application:
        environment = environment_of(context)
        done = backtest_here(
            application, wish, environment, progress.day, progress.month
        )
    progress.end()
    return backtest_body(done)


def _show(body: BacktestBody, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        print_json(body)
    elif as_markdown:
        typer.echo(backtest_markdown(body))
    else:
        print_backtest(body)


class _Progress:
    """Says on standard error how far it is, where somebody looks at it."""

    def __init__(self) -> None:
        self._is_seen = sys.stderr.isatty()

    def month(self, organization: str, month: str) -> None:
        self._say(f"{organization}: reading {month}")

    def day(self, organization: str, day: date) -> None:
        self._say(f"{organization}: replaying {day}")

    def end(self) -> None:
        self._say("")

    def _say(self, text: str) -> None:
        if self._is_seen:
            typer.echo(f"\r{text:<60}", err=True, nl=False)
