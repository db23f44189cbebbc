"""Files beside an SQLite database: for their owner alone, held by the kernel."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.domain.errors import StorageUnavailable

_OWNER_ONLY = 0o600


def open_file(file: Path, noun: str) -> int:
    """Open a file, made where there is none; raise `StorageUnavailable` naming it."""
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    except OSError as error:
        raise StorageUnavailable(
            f"{noun} cannot be opened ({error.strerror}): {file}"
        ) from error


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever has it; the kernel frees it."""
    descriptor = open_file(file, "the lock file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
