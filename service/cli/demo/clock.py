"""One clock for the provider and the service, turned by hand or left running."""

from datetime import datetime, timedelta

from typing_extensions import override

from service.bootstrap import SystemClock
from service.ports import Clock
from service.simulator.simulator import Simulator


class SharedClock(Clock):
    """The simulator's time as the service's.

    While it is turned by hand, whoever waits makes time pass; durations are real.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._real = SystemClock()

    @override
    def now(self) -> datetime:
        return self._simulator.clock.now()

    @override
    def monotonic(self) -> float:
        return self._real.monotonic()

    @override
    def sleep(self, duration: timedelta) -> None:
        if self._simulator.clock.speed:
            self._real.sleep(duration)
        else:
            self._simulator.advance(max(duration, timedelta(0)))

    def wait(self, seconds: float) -> None:
        """Let real time pass, and no other."""
        self._real.sleep(timedelta(seconds=max(seconds, 0)))

    def run(self) -> None:
        """Let time pass by itself from now on, a second per second."""
        self._simulator.clock.speed = 1.0
