"""Jobs that the database would not keep: tried again soon, and known until then."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from service.domain.errors import StorageError

# Each try of a check reads the provider anew: soon at first, then as seldom as this.
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setback:
    reason: str
    pause: timedelta
    retry_at: datetime


class Setbacks:
    """By organization or channel; shared by the threads of all jobs of a kind."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = Lock()
        self._setbacks: dict[str, _Setback] = {}

    def note(self, name: str, error: StorageError, now: datetime) -> bool:
        """Note a job that could not be kept; say whether that is news."""
        reason = f"{self._kind}: {error.public}"
        with self._lock:
            before = self._setbacks.get(name)
            pause = min(before.pause * 2, _LONGEST_PAUSE) if before else _FIRST_PAUSE
            self._setbacks[name] = _Setback(
                reason=reason, pause=pause, retry_at=now + pause
            )
        return before is None or before.reason != reason

    def clear(self, name: str) -> None:
        """Forget it: a job was kept."""
        with self._lock:
            self._setbacks.pop(name, None)

    def keep(self, names: Collection[str]) -> None:
        """Forget all others: there is nothing to do for them any more."""
        with self._lock:
            for gone in self._setbacks.keys() - set(names):
                del self._setbacks[gone]

    def take_due(self, now: datetime) -> frozenset[str]:
        """Name whose job is to be tried again; each is named once per pause."""
        with self._lock:
            due = frozenset(
                name for name, each in self._setbacks.items() if each.retry_at <= now
            )
            for name in due:
                later = replace(self._setbacks[name], retry_at=now + _LONGEST_PAUSE)
                self._setbacks[name] = later
            return due

    def next_at(self) -> datetime | None:
        """Give when the next one is due."""
        with self._lock:
            return min(
                (each.retry_at for each in self._setbacks.values()), default=None
            )

    def reasons(self) -> tuple[str, ...]:
        """Give what stands in the way, each once; no organization is named."""
        with self._lock:
            return tuple(sorted({each.reason for each in self._setbacks.values()}))
