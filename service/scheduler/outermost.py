"""The outermost frame of a thread: what goes wrong in one ends no other."""

from collections.abc import Callable

import structlog

log = structlog.stdlib.get_logger("spendguard.scheduler")


def ends_well(work: Callable[[], object], event: str, **about: str) -> bool:
    """Do some work; tell of whatever it raised as an event, and say whether it did.

    A mistake in the program is told with its traceback, and what is next runs all the
    same.
    """
    try:
        work()
    except Exception:
        log.exception(event, **about)
        return False
    return True
