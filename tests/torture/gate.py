"""Holds a connection open in the window in which the service is to die."""

import time
from collections.abc import Callable
from enum import StrEnum
from threading import Condition

_PATIENCE_SECONDS = 60.0


class Window(StrEnum):
    """What the service has done, and not yet recorded, when it dies."""

    DECIDED = "decision written"  # … and nothing of it done
    INTENT_WRITTEN = "intent written"  # … and not yet sent
    POST_SENT = "POST sent"  # … and not yet answered
    POST_ANSWERED = "POST answered"  # … and its outcome not yet recorded
    MESSAGE_CLAIMED = "message claimed"  # … and not yet sent
    MESSAGE_SENT = "message sent"  # … and not yet recorded
    RANDOM = "at random"


class Gate:
    """The other ends of the service's connections pass here, one window at a time."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._armed: Window | None = None
        self._evidence: str | None = None
        self._since = 0.0

    def arm(self, window: Window) -> None:
        """Hold the next that comes through a window."""
        with self._changed:
            self._armed, self._evidence = window, None

    def is_armed(self, window: Window) -> bool:
        return self._armed is window

    def hold(self, window: Window, evidence: Callable[[], str]) -> bool:
        """Wait if the window is armed; say whether the one at the other end is dead.

        `evidence` says what the database shows just then, "" if it is not the window.
        """
        with self._changed:
            if self._armed is not window or self._evidence is not None:
                return False
            shown = evidence()
            if not shown:
                return False
            self._evidence = shown
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._armed is None, _PATIENCE_SECONDS)
            return True

    def wait(self) -> str | None:
        """Wait until one is held; give the evidence, None if none came."""
        with self._changed:
            until = time.monotonic() + _PATIENCE_SECONDS
            while self._evidence is None and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            return self._evidence

    def release(self) -> None:
        """Let all pass from now on."""
        with self._changed:
            self._armed = None
            self._changed.notify_all()
