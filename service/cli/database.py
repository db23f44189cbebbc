"""`spendguard db`."""

import logging
import sys

import typer

from service.bootstrap import build, configure_logs
from service.cli.session import environment_of, settings_of

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The database.")


@app.callback()
def database() -> None:
    """Work on the database."""


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database up to date with this program; make it if there is none."""
    settings = settings_of(context)
    application = build(settings, environment_of(context))
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.WARNING
    )
    try:
        application.upgrade()
    finally:
        application.close()
    typer.echo("the database is up to date")
