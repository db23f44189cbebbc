"""How long the work of this process took, shared by all its threads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from typing_extensions import override

from service.domain.durations import Histogram, Work
from service.ports import Durations, Services


class MeasuredDurations(Durations):
    """Durations since the process began."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen = {work: Histogram() for work in Work}

    @override
    def observe(self, work: Work, seconds: float) -> None:
        """Count one piece of work."""
        with self._lock:
            self._seen[work] = self._seen[work].with_one(seconds)

    @override
    def read(self) -> Mapping[Work, Histogram]:
        """Give what was seen so far, for every kind of work."""
        with self._lock:
            return dict(self._seen)


@contextmanager
def timed(services: Services, work: Work) -> Iterator[None]:
    """Time a block, also one that ends in an error."""
    started = services.clock.monotonic()
    try:
        yield
    finally:
        services.durations.observe(work, services.clock.monotonic() - started)
