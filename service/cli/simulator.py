"""`spendguard simulator`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.bootstrap import SystemClock
from service.cli.serve import listening
from service.domain.errors import InvalidInput
from service.domain.period import require_utc
from service.simulator.scenarios import SCENARIOS
from service.simulator.server import run

app = typer.Typer(add_completion=False)


@app.command()
def simulate(  # noqa: PLR0913 - one argument per option
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8099,
    scenario: Annotated[
        str, typer.Option(help=f"One of {', '.join(SCENARIOS)}.")
    ] = "healthy",
    speed: Annotated[
        float, typer.Option(min=0, help="Virtual seconds per second.")
    ] = 1.0,
    start: Annotated[
        str | None, typer.Option(help="Virtual time to begin at; now if left out.")
    ] = None,
    past_months: Annotated[
        int, typer.Option(min=0, help="How many months before that have usage.")
    ] = 2,
) -> None:
    """Run a simulated provider in the foreground, until interrupted."""
    if scenario not in SCENARIOS:
        raise InvalidInput(
            f"no scenario is called {scenario}; there are: {', '.join(SCENARIOS)}"
        )
    listening(host, port).close()  # a port in use is told before any address is
    run(
        host,
        port,
        scenario,
        speed,
        start=_start(start),
        past_months=past_months,
        announce=typer.echo,
    )


def _start(text: str | None) -> datetime:
    if text is None:
        return SystemClock().now()
    try:
        return require_utc(datetime.fromisoformat(text)).astimezone(UTC)
    except ValueError:
        raise InvalidInput(
            f"expected a time like 2026-08-20T12:00:00Z, not {text!r}"
        ) from None
