"""Child processes: started, waited for, stopped by their own id."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 20
_PATIENCE_SECONDS = 120
_POLL_SECONDS = 0.01
_BYTECODE = "PYTHONDONTWRITEBYTECODE"


class Child:
    """A running process and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self._process = process
        self._output = output

    @property
    def id(self) -> int:
        """The number the system gave it."""
        return self._process.pid

    def require_running(self) -> None:
        """Raise, with what it said, if it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"the child ended early: {self._said()}")

    def line_with(self, word: str) -> str:
        """Wait for a whole line that begins with a word, and give what follows it."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            for line in self._said().splitlines(keepends=True):
                if line.startswith(word) and line.endswith("\n"):
                    return line.removeprefix(word).strip()
            self.require_running()
            time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"the child did not say {word!r}: {self._said()}")

    def _said(self) -> str:
        # Not moving the position at which the child itself writes.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give a child's environment: as it is installed, with bytecode, and no settings.

    What is set here for other runs of the program must not change what is measured.
    """
    own = {
        name: value
        for name, value in os.environ.items()
        if name != _BYTECODE and not name.startswith("SPENDGUARD_")
    }
    return {**own, **(extra or {})}


def spendguard() -> str:
    """Give the installed command beside this interpreter."""
    return str(Path(sys.executable).parent / "spendguard")


@contextmanager
def running(
    command: Sequence[str], extra: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run a child for as long as it is needed."""
    with TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs and arguments
            command,
            cwd=ROOT,
            env=environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Child(process, output)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(
    command: Sequence[str],
    extra: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> None:
    """Run a child to its end, its output into a file or nowhere; raise if it failed."""
    subprocess.run(  # noqa: S603 - our own programs and arguments
        command,
        cwd=ROOT,
        env=environment(extra),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.DEVNULL,
    )


def seconds_of(command: Sequence[str], extra: Mapping[str, str] | None = None) -> float:
    """Run a child to its end and give how long that took."""
    begin = time.perf_counter()
    run(command, extra)
    return time.perf_counter() - begin
