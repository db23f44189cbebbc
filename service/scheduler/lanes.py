"""Threads for jobs: one at a time per key, and no key waits for another."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Lock

from service.scheduler.outermost import ends_well

_THREADS = 32


class Lanes:
    """Jobs by key, each in a thread: one at a time per key, none waits for another."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=name)
        self._lock = Lock()
        self._under_way: dict[str, Future[None]] = {}
        self._is_closed = False

    def start(self, key: str, job: Callable[[], object]) -> bool:
        """Start a job unless its key has one under way; say whether it was started."""
        with self._lock:
            if self._is_closed or key in self._under_way:
                return False
            self._under_way[key] = self._threads.submit(self._run, key, job)
            return True

    def drain(self, patience: timedelta) -> bool:
        """Start nothing more; say whether what is under way ended in time."""
        with self._lock:
            self._is_closed = True
            under_way = tuple(self._under_way.values())
        self._threads.shutdown(wait=False)
        return not wait(under_way, patience.total_seconds()).not_done

    def _run(self, key: str, job: Callable[[], object]) -> None:
        try:
            ends_well(job, "job.failed", job=key)
        finally:
            with self._lock:
                self._under_way.pop(key, None)
