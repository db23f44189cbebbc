"""Who may write: lock files beside an SQLite database, leases on PostgreSQL."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from service.domain.errors import WriterBusy
from service.ports import Clock, Lock, Locks
from service.storage.database import Database
from service.storage.files import open_file
from service.storage.leases import LeaseLocks
from service.storage.polling import wait_until


def locks_for(database: Database, clock: Clock) -> Locks:
    """Give the locks that fit a database."""
    if not database.is_sqlite:
        return LeaseLocks(database, clock)
    if database.file is None:
        return MemoryLocks(clock)
    return FileLocks(database.file, clock)


class Held:
    """A lock that the kernel, or this process, keeps as long as we live."""

    def is_held(self, least: timedelta) -> bool:  # noqa: ARG002 - it never runs out
        return True


class FileLocks:
    """One lock file per organization and one for `serve`.

    The kernel frees them when their process dies. Each hold opens the file anew, so
    that two threads of one process keep each other out as two processes do.
    """

    def __init__(self, database: Path, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def organization(self, organization: str, wait: timedelta) -> Iterator[Lock]:
        # A word before the name: an organization may be called "serve".
        file = Path(f"{self._database}.organization-{organization}.lock")
        with ExitStack() as holding:
            wait_until(
                lambda: _locked(file, holding),
                self._clock,
                wait,
                f"another process is writing for {organization} (it holds {file})",
            )
            yield Held()

    @contextmanager
    def service(self) -> Iterator[None]:
        file = Path(f"{self._database}.serve.lock")
        with ExitStack() as holding:
            if not _locked(file, holding):
                raise WriterBusy(f"another serve uses this database (it holds {file})")
            yield


def _locked(file: Path, holding: ExitStack) -> bool:
    descriptor = open_file(file, "the lock file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    holding.callback(os.close, descriptor)
    return True


class MemoryLocks:
    """For a database in memory, which no other process can see."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._service = threading.Lock()
        self._organizations: dict[str, threading.Lock] = {}

    @contextmanager
    def organization(self, organization: str, wait: timedelta) -> Iterator[Lock]:
        lock = self._organizations.setdefault(organization, threading.Lock())
        with ExitStack() as holding:
            wait_until(
                lambda: _taken(lock, holding),
                self._clock,
                wait,
                f"another thread is writing for {organization}",
            )
            yield Held()

    @contextmanager
    def service(self) -> Iterator[None]:
        with ExitStack() as holding:
            if not _taken(self._service, holding):
                raise WriterBusy("another serve uses this database")
            yield


def _taken(lock: threading.Lock, holding: ExitStack) -> bool:
    if not lock.acquire(blocking=False):
        return False
    holding.callback(lock.release)
    return True
