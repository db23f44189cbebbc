"""A clock that only a test moves."""

from datetime import datetime, timedelta


class FakeClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._passed = timedelta(0)
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        self.advance(duration)

    def advance(self, duration: timedelta) -> None:
        self._now += duration
        self._passed += duration

    def set(self, moment: datetime) -> None:
        """Set the hands; no time passes by that."""
        self._now = moment
