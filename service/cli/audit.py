"""`spendguard audit`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain as joined
from itertools import islice
from pathlib import Path
from typing import Annotated, Self

import typer
from pydantic import BaseModel

from service.api.bodies.audit import audit_item
from service.cli.frame import FINDINGS
from service.cli.output import AsJson, print_json, print_table
from service.cli.session import opened, settings_of
from service.domain.audit import AuditAction
from service.domain.audit_verification import AuditReport, Link, links_of_lines
from service.domain.audit_verification import verify as audit_report
from service.domain.errors import InvalidInput
from service.pipeline.respond_audit import chains_of, links_of
from service.pipeline.respond_audit import export as exported
from service.ports import PageRequest

# Whoever edits an entry would hardly take all of these away.
_ENTRY = frozenset({"seq", "chain", "action", "previous_hash", "hash"})
_LOOKED_AT = 20
app = typer.Typer(add_completion=False, no_args_is_help=True, help="The audit log.")
Chain = Annotated[
    str | None, typer.Option(help="An organization, or `system`; all if left out.")
]


@app.command()
def tail(
    context: typer.Context,
    *,
    chain: Chain = None,
    action: Annotated[
        AuditAction | None, typer.Option(help="Only this action.")
    ] = None,
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest entries, the newest last."""
    with opened(context, policies=False) as application:
        page = application.services.queries.audit(
            chain, action, PageRequest(limit=number)
        )
    entries = list(reversed(page.items))
    if as_json:
        print_json([audit_item(each) for each in entries])
        return
    print_table(
        ("at", "chain", ">seq", "actor", "action", "target", "outcome", "reason"),
        (
            (
                each.fact.at,
                each.fact.chain,
                each.seq,
                each.fact.actor,
                each.fact.action,
                each.fact.target,
                each.fact.outcome,
                each.fact.reason,
            )
            for each in entries
        ),
        empty="the audit log is empty",
    )


@app.command()
def export(context: typer.Context, *, chain: Chain = None) -> None:
    """Write the log as JSON Lines to standard output, chain by chain."""
    with opened(context, policies=False) as application:
        services = application.services
        lines = exported(services, chains_of(services, chain))
        sys.stdout.writelines(f"{line}\n" for line in lines)


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="An export; the database if left out.")
    ] = None,
    *,
    head: Annotated[
        list[str] | None,
        typer.Option(help="A hash noted earlier, which the log must still hold."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no entry was edited, deleted, reordered or cut off; else end with 1.

    Seals are checked too where SPENDGUARD_AUDIT_KEY is set.
    """
    key = settings_of(context).audit_key
    seal_key = None if key is None else key.get_secret_value().encode()
    heads = tuple(head or ())
    if file is not None:
        report = audit_report(_links_of(file), heads=heads, seal_key=seal_key)
    else:
        with opened(context, policies=False) as application:
            services = application.services
            links = links_of(services, chains_of(services, None))
            report = audit_report(links, heads=heads, seal_key=seal_key)
    body = VerificationBody.of(report)
    if as_json:
        print_json(body)
    else:
        _print_verification(body)
    if not body.valid:
        raise typer.Exit(FINDINGS)


class BadEntryBody(BaseModel):
    """The first entry that is wrong; `place` counts all entries, 0 at the end."""

    chain: str
    seq: int
    place: int
    fault: str
    detail: str


class VerificationBody(BaseModel):
    """How far the log verifies; `heads` are the newest good hashes by chain."""

    valid: bool
    entries: int
    heads: dict[str, str]
    bad: BadEntryBody | None

    @classmethod
    def of(cls, report: AuditReport) -> Self:
        bad = None if report.bad is None else BadEntryBody(**asdict(report.bad))
        return cls(
            valid=report.is_intact,
            entries=report.entries,
            heads=dict(report.heads),
            bad=bad,
        )


def _links_of(file: Path) -> Iterator[Link]:
    try:
        with file.open(encoding="utf-8") as text:
            lines = (line for line in text if line.strip())
            first = list(islice(lines, _LOOKED_AT))
            _require_export(file, first)
            yield from links_of_lines(joined(first, lines))
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not UTF-8"
        raise InvalidInput(f"cannot read {file}: {reason}") from None


def _require_export(file: Path, lines: list[str]) -> None:
    """Refuse a file that was never an export; one that was edited is verified."""
    if lines and not any(_is_like_an_entry(line) for line in lines):
        raise InvalidInput(
            f"{file} is no export of the audit log: expected JSON Lines as"
            " `spendguard audit export` writes them, an entry per line"
        )


def _is_like_an_entry(line: str) -> bool:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and not _ENTRY.isdisjoint(entry)


def _print_verification(body: VerificationBody) -> None:
    print_table(("chain", "head"), sorted(body.heads.items()), empty="no entry is good")
    typer.echo(f"{body.entries} good entries")
    if body.bad is not None:
        bad = body.bad
        typer.echo(
            f"{bad.fault}: entry {bad.seq} of {bad.chain or 'the log'}: {bad.detail}"
        )
