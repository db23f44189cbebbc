"""`spendguard resume`."""

import typer

from service.cli.session import actor, opened
from service.pipeline.respond import resume

app = typer.Typer(add_completion=False)


@app.command()
def allow_automatic_changes(context: typer.Context) -> None:
    """Allow automatic limit changes again, and close every open circuit."""
    with opened(context, policies=False, creates=True) as application:
        closed = resume(application.services, actor=actor())
    typer.echo("resumed" + (f"; circuit closed: {', '.join(closed)}" if closed else ""))
