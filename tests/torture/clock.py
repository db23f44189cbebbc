"""The clock of a service in another process, moved on by the harness through a file.

Waiting 30 s for a limit change to be given up, or 90 s for a dead machine's lease, is
what hundreds of kills have no time for. Durations stay real.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.bootstrap import SystemClock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How fast it goes beside the real one (1 or 0), and how far ahead or where it is.
_LAYOUT = struct.Struct("<dd")


class Dial:
    """A number or two in a file that several processes see at once."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_LAYOUT.pack(1.0, 0.0))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _LAYOUT.size)

    def read(self) -> tuple[float, float]:
        speed, seconds = _LAYOUT.unpack(self._memory[: _LAYOUT.size])
        return float(speed), float(seconds)

    def write(self, speed: float, seconds: float) -> None:
        self._memory[: _LAYOUT.size] = _LAYOUT.pack(speed, seconds)


class SteeredClock:
    """The service's clock: the machine's, as far ahead as the dial says."""

    def __init__(self, file: Path) -> None:
        self._dial = Dial(file)
        self._real = SystemClock()

    def now(self) -> datetime:
        speed, seconds = self._dial.read()
        if not speed:
            return _EPOCH + timedelta(seconds=seconds)
        return self._real.now() + timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self._real.monotonic()

    def sleep(self, duration: timedelta) -> None:
        self._real.sleep(duration)

    def shown(self) -> tuple[float, float]:
        """Give what the dial says, which changes when the clock is moved."""
        return self._dial.read()

    def show(self, at: datetime, *, stands: bool = False) -> None:
        """Say what time it is from now on; it goes on from there, or stands still."""
        origin = _EPOCH if stands else self._real.now()
        self._dial.write(0.0 if stands else 1.0, (at - origin).total_seconds())
