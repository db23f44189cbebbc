"""`spendguard policy plan`: a change of policies before it is live."""

from pathlib import Path
from typing import Annotated

import httpx
import typer

from service.api.bodies.plan import DraftFile, DraftFiles, Plan, plan_body
from service.bootstrap import Wish, draft_to_send, plan_here
from service.cli.frame import FINDINGS, UNREACHABLE
from service.cli.output import AsJson, print_json
from service.cli.plan_markdown import invalid_markdown, plan_markdown
from service.cli.plan_text import print_plan
from service.cli.remote import ask_plan
from service.cli.session import environment_of, exit_code, opened, settings_of
from service.domain.errors import InvalidInput, InvalidPolicies
from service.domain.usage import FigureState

DraftPath = Annotated[
    Path | None,
    typer.Argument(
        help="A folder with a guard.yaml, or a file to put over the set in force;"
        " left out, the configured folder."
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Compare the files; read no figures.")
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Ask the service that runs there, with the key in SPENDGUARD_SERVICE_KEY.",
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against",
        help="A folder to compare with, such as the main branch's; left out, what the"
        " database last had in force.",
    ),
]
AsMarkdown = Annotated[
    bool, typer.Option("--markdown", help="Print a comment for a pull request.")
]


def plan(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    path: DraftPath = None,
    *,
    offline: Offline = False,
    url: Url = None,
    against: Against = None,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed policies would do now, on the live figures; keep nothing.

    Ends with 1 where an alert or the limit would move at once, with 3 where the
    figures cannot be had.
    """
    if as_json and as_markdown:
        raise InvalidInput("print either --json or --markdown")
    if url is not None and (offline or against is not None):
        raise InvalidInput("--url asks a service: leave out --offline and --against")
    wish = Wish(
        path=path or settings_of(context).policies,
        against=against,
        is_offline=offline,
    )
    try:
        body = planned(context, wish, url)
    except InvalidPolicies as error:
        if not as_markdown:
            raise
        typer.echo(invalid_markdown(error.findings))
        raise typer.Exit(FINDINGS) from None
    if as_json:
        print_json(body)
    elif as_markdown:
        typer.echo(plan_markdown(body))
    else:
        print_plan(body)
    code = _exit_code(body, is_offline=offline)
    if code:
        raise typer.Exit(code)


def planned(context: typer.Context, wish: Wish, url: str | None) -> Plan:
    """Plan here, or have it planned by the service at the address."""
    if url is None:
        with opened(context, policies=False, creates=True, keeps=False) as application:
            return plan_body(plan_here(application, wish, environment_of(context)))
    settings, draft = settings_of(context), sent_draft(wish.path)
    said = ask_plan(settings, url, draft, httpx.HTTPTransport())
    return Plan.model_validate_json(said)


def sent_draft(path: Path) -> DraftFiles:
    """Read a draft as it goes to a service, without the secrets written into it."""
    draft = draft_to_send(path)
    return DraftFiles(
        files=[DraftFile(name=name, text=text) for name, text in draft.files],
        whole=draft.is_whole,
    )


def _exit_code(body: Plan, *, is_offline: bool) -> int:
    if is_offline or body.has_effect:
        return FINDINGS * body.has_effect
    there = [each for each in body.organizations if not each.new]
    if any(each.data is None for each in there):
        return UNREACHABLE
    figures = [each.data for each in there if each.data is not None]
    unknown = [each for each in figures if each.state is FigureState.UNKNOWN]
    return exit_code(each.reason for each in unknown) if unknown else 0
