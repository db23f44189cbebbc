"""`spendguard policy report`: all checks of a change of policies, for its reviewers."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from service.bootstrap import PastWish, SystemClock, Wish
from service.cli.frame import FINDINGS, UNREACHABLE
from service.cli.markdown import code
from service.cli.output import AsJson, print_json
from service.cli.policy_backtest import backtested
from service.cli.policy_plan import Against, DraftPath, Offline, Url, planned
from service.cli.report_markdown import (
    Outcome,
    Section,
    report_markdown,
    worst_of,
)
from service.cli.report_sections import (
    backtest_section,
    plan_section,
    plan_without_key,
    tests_section,
    validate_section,
)
from service.cli.session import environment_of, settings_of
from service.domain.errors import InvalidInput
from service.domain.past_read import PAST_MONTHS

_Months = Annotated[
    int,
    typer.Option(
        "--months", min=1, max=PAST_MONTHS, help="Months before this one to replay."
    ),
]
_Commit = Annotated[
    str | None,
    typer.Option("--commit", help="The commit this is about, to be shown."),
]
_Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="End with 1 also over what a person should look at: warnings, and what"
        " would fire or move at once.",
    ),
]


class CheckItem(BaseModel):
    """One check of a report; `detail` is Markdown, line by line and uncut."""

    check: str
    outcome: Outcome
    summary: str
    detail: list[str]


class Report(BaseModel):
    """What came of all checks; `outcome` is the worst."""

    outcome: Outcome
    checks: list[CheckItem]


def report(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    path: DraftPath = None,
    *,
    offline: Offline = False,
    url: Url = None,
    against: Against = None,
    months: _Months = 3,
    commit: _Commit = None,
    strict: _Strict = False,
    as_json: AsJson = False,
) -> None:
    """Check changed policies in every way, and print one comment for a pull request.

    Ends with 1 where something is invalid, with 3 where something could not be asked.
    With --url, --against is what the files are compared with where no key is set.
    """
    if url is not None and offline:
        raise InvalidInput("--url asks a service: leave out --offline")
    folder = path or settings_of(context).policies
    wish = Wish(path=folder, against=against, is_offline=offline)
    first = validate_section(folder, environment_of(context))
    sections = [first]
    if first.outcome is not Outcome.FAILED:
        # A single file has no tests of its own beside it.
        sections += [tests_section(folder)] if folder.is_dir() else []
        sections.append(_plan(context, wish, url))
        # Only what is kept: reading months takes its time, and a review should not.
        past = PastWish(path=folder, months=months, is_offline=True)
        sections.append(_backtest(context, past, url))
    if as_json:
        print_json(_body(sections))
    else:
        typer.echo(report_markdown(sections, str(folder), _about(folder, commit)))
    ended = _exit_code(worst_of(sections), strict=strict)
    if ended:
        raise typer.Exit(ended)


def _plan(context: typer.Context, wish: Wish, url: str | None) -> Section:
    alone = None
    if wish.against is not None:
        alone = partial(planned, context, replace(wish, is_offline=True), None)
    if url is not None and alone and settings_of(context).service_key is None:
        return plan_without_key(alone)
    ask = partial(planned, context, wish, url)
    return plan_section(ask, alone, is_base_at_fault=url is None)


def _backtest(context: typer.Context, wish: PastWish, url: str | None) -> Section:
    if url is not None and settings_of(context).service_key is None:
        return backtest_section(None)
    return backtest_section(partial(backtested, context, wish, url))


def _body(sections: list[Section]) -> Report:
    return Report(
        outcome=worst_of(sections),
        checks=[
            CheckItem(
                check=each.name,
                outcome=each.outcome,
                summary=each.summary,
                detail=list(each.lines),
            )
            for each in sections
        ],
    )


def _about(folder: Path, commit: str | None) -> str:
    of = f" at commit {code(commit)}" if commit else ""
    now = SystemClock().now()
    return f"{code(str(folder))}{of}, looked at {now:%Y-%m-%d %H:%M} UTC."


def _exit_code(outcome: Outcome, *, strict: bool) -> int:
    match outcome:
        case Outcome.FINE:
            return 0
        case Outcome.LOOK:
            return FINDINGS * strict
        case Outcome.NOT_DONE:
            return UNREACHABLE
        case Outcome.FAILED:
            return FINDINGS
