"""`spendguard pause`."""

import typer

from service.cli.session import actor, opened
from service.pipeline.respond import pause

app = typer.Typer(add_completion=False)


@app.command()
def stop_automatic_changes(context: typer.Context) -> None:
    """Stop all automatic limit changes at once; it survives restarts."""
    with opened(context, policies=False, creates=True) as application:
        was_news = pause(application.services, actor=actor())
    typer.echo("paused" if was_news else "already paused")
