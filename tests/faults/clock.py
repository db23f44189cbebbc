"""Time that only the machine lets pass, the same for the product and the provider."""

import threading
from datetime import datetime, timedelta

from service.simulator.simulator import Simulator


class VirtualClock:
    """Implements `Clock`: sleeping costs nothing and moves the provider's clock.

    `skew` sets the product's clock off the provider's.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.skew = timedelta(0)
        self._simulator = simulator
        self._passed = 0.0

    def now(self) -> datetime:
        return self._simulator.clock.now() + self.skew

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, duration: timedelta) -> None:
        length = max(duration, timedelta(0))
        self._passed += length.total_seconds()
        self._simulator.advance(length)


class ReadingClock:
    """Implements `Clock` for reads, some of which happen side by side.

    A thread only waits for itself: which of two waits first must not matter, or no run
    could be replayed.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._owner = threading.get_ident()
        self._own = threading.local()

    @property
    def is_owner(self) -> bool:
        """Say whether this is the thread of the check and not one that reads for it."""
        return threading.get_ident() == self._owner

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._waited

    def sleep(self, duration: timedelta) -> None:
        self._own.waited = self._waited + max(duration.total_seconds(), 0)

    def hold(self, duration: timedelta) -> None:
        """Let real time pass: something is written, or read before a write."""
        self._clock.sleep(duration)

    @property
    def _waited(self) -> float:
        waited: float = getattr(self._own, "waited", 0.0)
        return waited
