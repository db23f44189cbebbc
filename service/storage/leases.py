"""Leases: holds on an organization that run out, for several machines.

Time is the database's own, so that the clocks of the machines need not agree.
"""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta

from sqlalchemy import text

from service.domain.errors import StorageUnavailable
from service.ports import Clock, Lock
from service.storage.database import Database
from service.storage.polling import wait_until

# A check is bounded to 45 s and a limit change in it to 30 s of reading back: twice
# the first needs no renewal, and a dead process is replaced within it.
TIME_TO_LIVE = timedelta(seconds=90)

# Compare-and-set: takes the row if it is not there or has run out.
_TAKE = text(
    """
    INSERT INTO lease (organization, holder, expires_at)
    VALUES (:organization, :holder, clock_timestamp() + :length)
    ON CONFLICT (organization) DO UPDATE
      SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE lease.expires_at <= clock_timestamp()
    """
)
_LOOK = text(
    """
    SELECT 1 FROM lease WHERE organization = :organization AND holder = :holder
      AND expires_at >= clock_timestamp() + :least
    """
)
_RELEASE = text(
    "DELETE FROM lease WHERE organization = :organization AND holder = :holder"
)


class Lease:
    """One hold; only the database knows whether it still is one."""

    def __init__(self, database: Database, organization: str) -> None:
        self._database = database
        self._key = {"organization": organization, "holder": uuid.uuid4().hex}

    def take(self) -> bool:
        with self._database.writing() as connection:
            given = connection.execute(_TAKE, {**self._key, "length": TIME_TO_LIVE})
            connection.commit()
            return given.rowcount == 1

    def is_held(self, least: timedelta) -> bool:
        with self._database.reading() as connection:
            found = connection.execute(_LOOK, {**self._key, "least": least})
            return found.first() is not None

    def release(self) -> None:
        with self._database.writing() as connection:
            connection.execute(_RELEASE, self._key)
            connection.commit()


class LeaseLocks:
    """One lease per organization; any number of `serve` may share the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def organization(self, organization: str, wait: timedelta) -> Iterator[Lock]:
        lease = Lease(self._database, organization)
        wait_until(
            lease.take,
            self._clock,
            wait,
            f"another process holds the lease of {organization}",
        )
        try:
            yield lease
        finally:
            # One that cannot be given back runs out by itself.
            with suppress(StorageUnavailable):
                lease.release()

    def service(self) -> AbstractContextManager[None]:
        return nullcontext()
