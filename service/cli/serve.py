"""`spendguard serve`: the whole service in one process."""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from importlib.metadata import version
from types import FrameType
from typing import Annotated

import structlog
import typer
import uvicorn
from typing_extensions import override

from service.api.app import create_app
from service.bootstrap import Application, build, configure_logs
from service.cli.session import environment_of, settings_of
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import Conflict
from service.ports import Services
from service.scheduler import Scheduler, scheduler_for

app = typer.Typer(add_completion=False)
log = structlog.stdlib.get_logger("spendguard.serve")
_BACKLOG = 512
_REQUESTS_END_SECONDS = 5
# A check is bounded to 45 s (§4.1); what is cut off after this is settled at start.
_CHECKS_END = timedelta(seconds=50)


@app.command()
def serve(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    strict_start: Annotated[
        bool,
        typer.Option(
            "--strict-start",
            help="Refuse to start on invalid policies, whatever was good before.",
        ),
    ] = False,
) -> None:
    """Run the service until it is told to stop: checks, deliveries, REST API."""
    settings = settings_of(context)
    application = build(settings, environment_of(context))
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.INFO
    )
    try:
        with application.services.locks.service(), listening(host, port) as listener:
            application.prepare(strict=strict_start)
            run_service(application, listener)
    finally:
        application.close()


def listening(host: str, port: int) -> socket.socket:
    """Listen; raise `Conflict` when the port is taken or the address not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With its protocol named: asyncio then sends small answers without delay.
        with ExitStack() as undo:
            listener = undo.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
            undo.pop_all()
    except OSError as problem:
        raise Conflict(
            f"cannot listen on {host}:{port}: {problem.strerror}"
        ) from problem
    return listener


def run_service(application: Application, listener: socket.socket) -> None:
    """Run the loops and the REST API until a signal comes."""
    services = application.services
    scheduler = scheduler_for(application)
    server = _Server(web_config(services, scheduler), scheduler.request_stop)
    # The server hands a signal it got on to these, once it has ended.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    _record(services, AuditAction.SERVICE_STARTED, "started")
    scheduler.start()
    address, port = listener.getsockname()[:2]
    log.info("service.listening", address=address, port=port)
    try:
        server.run(sockets=[listener])
    finally:
        if not scheduler.stop(_CHECKS_END):
            log.warning("service.stopped_early", reason="a check did not end in time")
        _record(services, AuditAction.SERVICE_STOPPED, "stopped")


def web_config(services: Services, scheduler: Scheduler) -> uvicorn.Config:
    """Give the web server's configuration."""
    return uvicorn.Config(
        create_app(services, readiness=scheduler.reasons),
        http="httptools",
        loop="asyncio",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_REQUESTS_END_SECONDS,
    )


class _Server(uvicorn.Server):
    """Tells of a signal at once, so that no check starts while requests end."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping()
        super().handle_exit(sig, frame)


def _record(services: Services, action: AuditAction, outcome: str) -> None:
    with services.transaction() as unit:
        unit.record(
            Fact(
                chain=SYSTEM_CHAIN,
                at=services.clock.now(),
                actor="system:service",
                action=action,
                target="service",
                outcome=outcome,
                detail={"version": version("spendguard")},
            )
        )
