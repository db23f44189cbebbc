"""Services in processes of their own: started, killed without a word, looked at."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.torture.program import Order

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.002
_BYTECODE = "PYTHONDONTWRITEBYTECODE"


class Program:
    """The loaded program that services are forked from, and killed by."""

    def __init__(self, running: "subprocess.Popen[str]", folder: Path) -> None:
        self._running = running
        self._folder = folder
        self._started: list[Process] = []

    def start(self, variables: Mapping[str, str], clock: Path) -> "Process":
        log = self._folder / f"service-{len(self._started):04d}.log"
        order = Order(variables=variables, clock=str(clock), log=str(log))
        process = Process(self, int(self.ask(order.line())), log)
        self._started.append(process)
        return process

    def ask(self, line: str) -> str:
        if self._running.stdin is None:
            raise RuntimeError("the program has no pipes")
        self._running.stdin.write(f"{line}\n")
        self._running.stdin.flush()
        return self.hear()

    def hear(self) -> str:
        if self._running.stdout is None:
            raise RuntimeError("the program has no pipes")
        return self._running.stdout.readline().strip()

    def end(self) -> None:
        """Leave no service behind."""
        for process in self._started:
            process.kill()


class Process:
    """One service; `log` is what it says on standard error."""

    def __init__(self, program: Program, number: int, log: Path) -> None:
        self._program = program
        self._is_killed = False
        self.number = number
        self.log = log

    def kill(self) -> None:
        """Send SIGKILL, and wait until the kernel has taken everything back."""
        if not self._is_killed:
            self._program.ask(f"kill {self.number}")
            self._is_killed = True

    def require_alive(self) -> None:
        if self._program.ask(f"look {self.number}") != "alive":
            raise RuntimeError(f"the service ended by itself:\n{self.last_words()}")

    def address(self) -> str:
        """Wait until it listens, and say where."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for event in self.events("service.listening"):
                return f"http://{event['address']}:{event['port']}"
            self.require_alive()
            time.sleep(_LOOK_SECONDS)
        raise TimeoutError(f"the service does not listen:\n{self.last_words()}")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Give the events of a name that it has logged."""
        return [
            event for event in map(_parsed, self._lines()) if event["event"] == name
        ]

    def last_words(self, lines: int = 30) -> str:
        return "\n".join(self._lines()[-lines:])

    def _lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return self.log.read_text(encoding="utf-8").splitlines()
        return []


def _parsed(line: str) -> dict[str, Any]:
    with suppress(ValueError):
        event = json.loads(line)
        if isinstance(event, dict) and "event" in event:
            return event
    return {"event": ""}


@contextmanager
def loaded_program(folder: Path) -> Iterator[Program]:
    """Load the program in a process without any setting of ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != _BYTECODE and not name.startswith("SPENDGUARD_")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.torture.program"],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        program = Program(running, folder)
        try:
            program.hear()  # that it is loaded
            yield program
        finally:
            program.end()
            running.kill()
