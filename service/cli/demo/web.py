"""The REST API during the demo, on a port of loopback, in a thread."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from service.bootstrap import Application
from service.cli.serve import web_config
from service.scheduler import Scheduler

_END_SECONDS = 10.0


@contextmanager
def served(
    application: Application, scheduler: Scheduler, listener: socket.socket
) -> Iterator[None]:
    """Answer requests while the block lasts; the listener is closed at its end."""
    server = uvicorn.Server(web_config(application.services, scheduler))
    thread = Thread(target=server.run, args=([listener],), name="rest", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_END_SECONDS)
