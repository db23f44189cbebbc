"""`spendguard policy comment`: one comment on a pull request, always the same one."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.comments import post
from service.cli.pull_request import Place, place_of
from service.cli.session import environment_of
from service.domain.errors import AccessDenied, InvalidInput, NotAuthenticated

_MARKER = re.compile(r"<!-- spendguard:[a-z-]+( [\w./-]+)? -->", re.ASCII)

_File = Annotated[
    Path | None,
    typer.Argument(
        help="What `policy report` or `policy plan --markdown` printed; left out, read"
        " from standard input."
    ),
]


def comment(context: typer.Context, file: _File = None) -> None:
    """Leave what a report says as the one comment on this job's pull request.

    Reads the variables of GitHub Actions or GitLab CI, and the token in GITHUB_TOKEN
    or GITLAB_TOKEN. Where that may not write, as for a fork, the comment goes to the
    job's own page and standard error says so.
    """
    text = _read(file)
    marker = text.partition("\n")[0].strip()
    if not _MARKER.fullmatch(marker):
        raise InvalidInput(
            "no report: expected a first line like <!-- spendguard:policy-report … -->"
        )
    place = place_of(environment_of(context))
    why = place.why
    if place.thread is not None and place.thread.token is None:
        why = f"{place.thread.variable} is not set"
    elif place.thread is not None:
        try:
            typer.echo(post(place.thread, marker, text), err=True)
        except AccessDenied as error:
            if isinstance(error, NotAuthenticated):
                raise
            why = str(error)
        else:
            return
    _show(place, text, why)


def _read(file: Path | None) -> str:
    if file is None:
        return sys.stdin.read()
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InvalidInput(f"cannot read {file}: {reason}") from None


def _show(place: Place, text: str, why: str) -> None:
    """Write the comment where anybody who sees the job can read it."""
    if place.summary is None:
        typer.echo(text)
        typer.echo(f"no comment was left: {why}; it is printed here", err=True)
        return
    with place.summary.open("a", encoding="utf-8") as page:
        page.write(f"{text}\n")
    typer.echo(f"no comment was left: {why}; it is on the page of this job", err=True)
