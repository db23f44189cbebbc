"""A clock that only a test moves."""

from datetime import datetime, timedelta


class FakeClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        self._now += duration

    def advance(self, duration: timedelta) -> None:
        self._now += duration

    def set(self, moment: datetime) -> None:
        self._now = moment
