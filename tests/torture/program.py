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
from pathlib import Path

from service.bootstrap import Application, build, configure_logs
from service.channels.channel import warm
from service.cli.serve import listening, run_service
from service.scheduler import scheduler_for
from service.settings import read_settings
from tests.torture.clock import Dial, SteeredClock

_LOOPBACK = "127.0.0.1"
_LOOK_SECONDS = 0.002
_LIVING: set[int] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to start: `rounds` names the file in which a replica reports its rounds.

    Without it the service serves as it does anywhere.
    """

    variables: Mapping[str, str]
    clock: str
    log: str
    rounds: str | None = None

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


def _run(order: Order) -> None:
    settings = read_settings(order.variables)
    clock = SteeredClock(Path(order.clock))
    application = build(settings, order.variables, clock=clock)
    configure_logs(
        settings.log_format, application.secrecy, sys.stderr, level=logging.INFO
    )
    if order.rounds is None:
        with (
            application.services.locks.service(),
            listening(_LOOPBACK, 0) as listener,
        ):
            application.prepare()
            run_service(application, listener)
    else:
        _run_rounds(application, clock, Dial(Path(order.rounds)))


def _run_rounds(application: Application, clock: SteeredClock, report: Dial) -> None:
    """Run what is due each time the clock has been moved, and say so."""
    application.prepare()
    scheduler = scheduler_for(application)
    seen = None
    while True:
        now = clock.now()
        if now == seen:
            time.sleep(_LOOK_SECONDS)
            continue
        scheduler.run_due()
        seen = now
        report.write(1.0, now.timestamp())


if __name__ == "__main__":
    main()
