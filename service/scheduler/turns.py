"""Turns: one small job at a time, of one organization after another."""

from collections import deque
from collections.abc import Callable, Sequence

from service.domain.errors import NotFound


class Turns:
    """A job that each organization has some of; in a round, each goes on until done.

    `organizations` raises `NotFound` while there are none; `job` says whether there was
    anything to do.
    """

    def __init__(
        self, organizations: Callable[[], Sequence[str]], job: Callable[[str], bool]
    ) -> None:
        self._organizations = organizations
        self._job = job
        self._left: deque[str] = deque()

    def take(self) -> bool:
        """Do one job; False when the round has ended, and the next call begins one."""
        if not self._left:
            try:
                self._left.extend(self._organizations())
            except NotFound:
                return False
        while self._left:
            # Out first: a job that fails must not be in the way of the others.
            organization = self._left.popleft()
            if self._job(organization):
                self._left.append(organization)
                return True
        return False
