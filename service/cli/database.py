"""`spendguard db`."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from service.bootstrap import Application, build, configure_logs
from service.cli.output import AsJson, print_json, print_table
from service.cli.session import environment_of, settings_of
from service.ports import Backup

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The database.")
_MEBIBYTE = 1024 * 1024


class HeadBody(BaseModel):
    """The last entry of an audit chain, in a backup."""

    chain: str
    seq: int
    hash: str


class BackupBody(BaseModel):
    """A backup that was made and read back."""

    file: str
    size_bytes: int
    heads: list[HeadBody]


@app.callback()
def database() -> None:
    """Work on the database."""


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database up to date with this program; make it if there is none."""
    with _unopened(context) as application:
        application.upgrade()
    typer.echo("the database is up to date")


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file; none is overwritten.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Copy the database to a file while the service runs, and read the copy back.

    SQLite: a database file to start from. PostgreSQL: what `pg_restore` takes, made by
    `pg_dump`. With it go the heads of the audit log: noted elsewhere, they prove later
    that nothing was cut off.
    """
    with _unopened(context) as application:
        made = application.back_up(file)
    if as_json:
        print_json(_body(file, made))
        return
    print_table(
        ("chain", ">entries", "head"),
        ((head.chain, head.seq, head.hash) for head in made.heads),
        empty="the audit log is empty",
    )
    size = made.size_bytes / _MEBIBYTE
    typer.echo(f"{file}: {size:.1f} MiB, read back and whole")


def _body(file: Path, made: Backup) -> BackupBody:
    heads = [
        HeadBody(chain=head.chain, seq=head.seq, hash=head.hash) for head in made.heads
    ]
    return BackupBody(file=str(file), size_bytes=made.size_bytes, heads=heads)


@contextmanager
def _unopened(context: typer.Context) -> Iterator[Application]:
    """Give the application before its database is looked at: it may be of any age."""
    settings = settings_of(context)
    application = build(settings, environment_of(context))
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.WARNING
    )
    try:
        yield application
    finally:
        application.close()
