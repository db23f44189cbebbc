"""Waiting for a lock that cannot be waited for."""

from collections.abc import Callable
from datetime import timedelta

from service.domain.errors import WriterBusy
from service.ports import Clock

_PAUSE = timedelta(milliseconds=20)


def wait_until(
    is_taken: Callable[[], bool], clock: Clock, wait: timedelta, refusal: str
) -> None:
    """Try until it works; raise `WriterBusy` with the refusal when time is up."""
    deadline = clock.monotonic() + wait.total_seconds()
    while not is_taken():
        if clock.monotonic() >= deadline:
            raise WriterBusy(refusal)
        clock.sleep(_PAUSE)
