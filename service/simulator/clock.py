"""Virtual time: stands still, jumps, or runs as a multiple of real time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """The provider's clock; safe to use from several threads."""

    def __init__(
        self,
        start: datetime,
        *,
        speed: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin at `start`; `speed` virtual seconds pass per real second (0: none)."""
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._at = _utc(start)
        self._marked = monotonic()
        self._speed = speed

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def advance(self, by: timedelta) -> datetime:
        """Jump forward by `by` and return the new time; ValueError if negative."""
        if by < timedelta(0):
            raise ValueError("advance() only goes forward; use set() to step back")
        with self._lock:
            return self._move(self._now() + by)

    def set(self, at: datetime) -> datetime:
        """Jump to `at`, which may lie in the past: what was used stays used."""
        with self._lock:
            return self._move(_utc(at))

    @property
    def speed(self) -> float:
        with self._lock:
            return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._move(self._now())
            self._speed = speed

    def _now(self) -> datetime:
        if not self._speed:
            return self._at
        elapsed = (self._monotonic() - self._marked) * self._speed
        return self._at + timedelta(seconds=elapsed)

    def _move(self, at: datetime) -> datetime:
        self._at = at
        self._marked = self._monotonic()
        return at


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("the simulator takes aware times only")
    return at.astimezone(UTC)
