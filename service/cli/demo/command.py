"""`spendguard demo`: the command."""

import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from service.bootstrap import configure_logs
from service.cli.demo.picture import draw
from service.cli.demo.play import Pace, play
from service.cli.demo.proof import Proof, prove
from service.cli.demo.show import JsonLines, Pages, Start
from service.cli.demo.timeline import Timeline
from service.cli.demo.web import served
from service.cli.demo.world import World, opened_world
from service.cli.frame import FINDINGS
from service.cli.serve import listening, run_service
from service.domain.period import PeriodKind
from service.domain.policy_set import PolicySet
from service.scheduler import scheduler_for
from service.settings import LogFormat, Settings

app = typer.Typer(add_completion=False)
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    pace: Pace
    show: JsonLines | Pages
    svg: Path | None
    serves_on: bool


@app.command()
def demo(  # noqa: PLR0913 - one argument per option of the command
    *,
    days: Annotated[int, typer.Option(min=1, max=62, help="How many days.")] = 30,
    seed: Annotated[int, typer.Option(help="Another seed, another month.")] = 7,
    step: Annotated[
        int, typer.Option(min=1, max=24, help="Hours from one check to the next.")
    ] = 1,
    speed: Annotated[
        float, typer.Option(min=0, help="Checks a second at most; 0: all it can.")
    ] = 20,
    policies: Annotated[Path, typer.Option(help="The policies.")] = Path("policies"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw the month there.")] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Go on in real time until interrupted.")
    ] = False,
) -> None:
    """Run the service through a month at a simulated provider, on this machine alone.

    Ends with 1 if anything is not as it should be: the demo checks itself.
    """
    wishes = _Wishes(
        pace=Pace(days=days, step=timedelta(hours=step), speed=speed),
        show=JsonLines() if as_json else Pages(),
        svg=svg,
        serves_on=serve,
    )
    with ExitStack() as stack:
        stack.enter_context(_tidy_end())
        listener = stack.enter_context(listening(_LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        address = f"http://{_LOOPBACK}:{port}"
        world = stack.enter_context(opened_world(policies, seed=seed, address=address))
        proof = _month(world, listener, wishes)
        if serve:
            _go_on(world, port)
    if proof.problems:
        raise typer.Exit(FINDINGS)


@contextmanager
def _tidy_end() -> Iterator[None]:
    """End on SIGTERM as on Ctrl-C, and print to a terminal of any encoding."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _month(world: World, listener: socket.socket, wishes: _Wishes) -> Proof:
    application = world.service(wishes.pace.step)
    configure_logs(
        LogFormat.TEXT, application.secrecy, sys.stderr, level=logging.WARNING
    )
    services = application.services
    try:
        application.prepare()
        start = _start(world, services.policies.current(), wishes.pace)
        timeline = Timeline(services.queries, world.inbox)
        scheduler = scheduler_for(application)
        with served(application, scheduler, listener):
            wishes.show.start(start)
            play(world, scheduler, timeline, wishes.show, wishes.pace)
            proof = prove(world, services, timeline)
    finally:
        application.close()
    wishes.show.end(proof)
    if wishes.svg is not None:
        wishes.svg.write_text(draw(start, timeline), encoding="utf-8")
    if isinstance(wishes.show, Pages):
        wishes.show.say(_ending(start, proof, serves_on=wishes.serves_on))
    return proof


def _start(world: World, policies: PolicySet, pace: Pace) -> Start:
    """Give what the month is held to: the first budget of everything for a month."""
    name = world.organization
    budgets = [
        policy.budget
        for policy in policies.of(name)
        if policy.target.is_organization and policy.budget.period is PeriodKind.MONTH
    ]
    organization = policies.organization(name)
    return Start(
        organization=name,
        budget=budgets[0].amount if budgets else Decimal(0),
        currency=organization.currency if organization else "",
        url=world.settings.public_url or "",
        key=world.key,
        days=pace.days,
        step=pace.step,
    )


def _ending(start: Start, proof: Proof, *, serves_on: bool) -> list[str]:
    if proof.problems:
        return ["", "Something is not as it should be: see above."]
    if not serves_on:
        return [
            "",
            "All of it was checked: every entry, message and limit change is there.",
            "  make demo ARGS=--serve   the same month, and then a REST API to look at",
            "  policies/acme.yaml       what was enforced: change it and run again",
            "  docs/policies.md         all that a policy can say",
        ]
    curl = f'curl -sH "Authorization: Bearer {start.key}" "{start.url}'
    return [
        "",
        "The service goes on in real time, a check every five minutes. Ctrl-C ends it.",
        f'  {curl}/api/v1/status"',
        f'  {curl}/api/v1/alerts?state=firing"',
        f'  {curl}/api/v1/limit-changes"',
        f'  {curl}/api/v1/policies/acme-monthly/explain"',
        f'  {curl}/api/v1/audit/verify"',
        "",
    ]


def _go_on(world: World, port: int) -> None:
    """Serve the month's database as `spendguard serve` would."""
    application = world.service(Settings().check_interval)
    configure_logs(LogFormat.TEXT, application.secrecy, sys.stderr, level=logging.INFO)
    world.clock.run()
    services = application.services
    try:
        with services.locks.service(), listening(_LOOPBACK, port) as listener:
            application.prepare()
            run_service(application, listener)
    finally:
        application.close()
