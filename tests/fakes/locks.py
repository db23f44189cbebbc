"""Locks that nobody else holds, unless a test says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from service.domain.errors import WriterBusy
from service.ports import Lock

FOR_LONG = timedelta(seconds=90)


class FakeLocks:
    """Implements `Locks`; every hold is still ours for `left`.

    `waiting` is called while an organization is waited for; `busy` ones are never had.
    """

    def __init__(self) -> None:
        self.left = FOR_LONG
        self.busy: set[str] = set()
        self.held: list[str] = []
        self.released: list[str] = []
        self.waiting: Callable[[], None] | None = None

    @contextmanager
    def organization(self, organization: str, wait: timedelta) -> Iterator[Lock]:
        assert wait > timedelta(seconds=45), "a check may take that long"
        if self.waiting is not None:
            self.waiting()
        if organization in self.busy:
            raise WriterBusy(f"another process holds {organization}")
        self.held.append(organization)
        try:
            yield self
        finally:
            self.released.append(organization)

    @contextmanager
    def service(self) -> Iterator[None]:
        yield

    def is_held(self, least: timedelta) -> bool:
        return self.left >= least
