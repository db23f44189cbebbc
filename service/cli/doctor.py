"""`spendguard doctor`."""

import logging
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.markup import escape

from service.api.bodies.diagnosis import DiagnosisItem, diagnosis_item
from service.bootstrap import build, configure_logs
from service.cli.frame import FINDINGS, UNREACHABLE
from service.cli.output import AsJson, console, print_json, takes_blocks
from service.cli.session import environment_of, settings_of
from service.domain.diagnosis import Diagnosis, Verdict, about, worst
from service.domain.errors import SettingsError

app = typer.Typer(add_completion=False)

_CODES = {Verdict.FINDING: FINDINGS, Verdict.UNREACHABLE: UNREACHABLE}
_MARKS = {
    Verdict.FINE: ("green", "✓", "ok"),
    Verdict.NOTE: ("yellow", "·", "--"),
    Verdict.FINDING: ("red", "✗", "!!"),
    Verdict.UNREACHABLE: ("red", "✗", "!!"),
}


@app.command()
def doctor(
    context: typer.Context,
    *,
    send: Annotated[
        bool, typer.Option("--send", help="Call the heartbeat's address once, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything a guard needs, and say what to do; nothing is changed.

    Ends with 1 where something is to be done, with 3 where somebody does not answer.
    """
    found: list[Diagnosis] = []
    for each in _examined(context, calls_switch=send):
        found.append(each)
        if not as_json:
            _print(each)
    if as_json:
        print_json([diagnosis_item(each) for each in found])
    code = _CODES.get(worst(found))
    if code is not None:
        raise typer.Exit(code)


def _examined(context: typer.Context, *, calls_switch: bool) -> Iterator[Diagnosis]:
    base = about("settings", "environment")
    try:
        settings = settings_of(context)
        application = build(settings, environment_of(context))
    except SettingsError as error:
        yield base.when(Verdict.FINDING, str(error), "see docs/operations.md")
        return
    # What is found is said here: the log would say it a second time.
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.CRITICAL
    )
    try:
        yield from application.examine(calls_switch=calls_switch)
    finally:
        application.close()


def _print(diagnosis: Diagnosis) -> None:
    item: DiagnosisItem = diagnosis_item(diagnosis)
    colour, sign, plain = _MARKS[item.verdict]
    mark, arrow = (sign, "→") if takes_blocks() else (plain, "->")
    advice = f" {arrow} {item.advice}" if item.advice else ""
    line = f"{item.topic}: {item.check}: {item.said}{advice}"
    console().print(f"[{colour}]{mark}[/] {escape(line)}", soft_wrap=True)
