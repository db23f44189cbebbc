"""The service as a process that can be killed: what `serve` does, on a steered clock.

Loading the service's modules takes longer than all else that happens between two kills,
so they are loaded once, and each order read from standard input is a fork of that.
"""

import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from service.bootstrap import Application, configure_logs
from service.channels.channel import warm
from service.cli.serve import listening, run_service
from service.settings import Settings, read_settings
from tests.torture.clock import SteeredClock

_LOOPBACK = "127.0.0.1"
_LOOK_SECONDS = 0.002
_LIVING: set[int] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A service to start: all of its environment, its clock, where its log goes."""

    variables: Mapping[str, str]
    clock: str
    log: str

    def line(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    """Answer each line: `kill N`, `look N`, or an order, which gives N.

    Ends when nobody gives orders any more, and leaves nobody behind.
    """
    warm()
    _answer("ready")
    while line := sys.stdin.readline():
        word, _, number = line.strip().partition(" ")
        match word:
            case "kill":
                answer = _kill(int(number))
            case "look":
                # Not reaped before it is killed, so its number stays its own.
                kept = os.WEXITED | os.WNOHANG | os.WNOWAIT
                ended = os.waitid(os.P_PID, int(number), kept)
                answer = "alive" if ended is None else "dead"
            case _:
                answer = str(_start(Order(**json.loads(line))))
        _answer(answer)
    for left in tuple(_LIVING):
        _kill(left)


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _kill(process: int) -> str:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    _LIVING.discard(process)
    return "dead"


def _start(order: Order) -> int:
    process = os.fork()
    if not process:
        _live(order)
    _LIVING.add(process)
    return process


def _live(order: Order) -> None:
    """Be the service until it ends; never return into the loop above."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(order.log, flags, 0o600), 2)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 0)
    code = 1
    try:
        _run(order)
        code = 0
    except BaseException:  # noqa: BLE001 - the outermost frame of a process
        traceback.print_exc()
    finally:
        os._exit(code)


class SteeredApplication(Application):
    """Wakes its loops when its clock is moved on.

    They sleep by the real one, and look again when policies may have changed.
    """

    def __init__(
        self, settings: Settings, variables: Mapping[str, str], clock: SteeredClock
    ) -> None:
        super().__init__(settings, variables, clock)
        self._steered = clock
        self._shown = clock.shown()

    @override
    def wait_for_policies(self, timeout: timedelta) -> bool:
        until = time.monotonic() + timeout.total_seconds()
        while (shown := self._steered.shown()) == self._shown:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_SECONDS)
        self._shown = shown
        return True


def _run(order: Order) -> None:
    settings = read_settings(order.variables)
    clock = SteeredClock(Path(order.clock))
    application = SteeredApplication(settings, order.variables, clock)
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.INFO
    )
    with (
        application.services.locks.service(),
        listening(_LOOPBACK, 0) as listener,
    ):
        application.prepare()
        run_service(application, listener)


if __name__ == "__main__":
    main()
