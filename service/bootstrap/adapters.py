"""One adapter per thing it speaks to, made when it is first asked for.

A policy set may be replaced at any moment: an adapter whose configuration has changed
is made anew, and the old one stays open for whoever still uses it.
"""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Config = TypeVar("Config")
Adapter = TypeVar("Adapter")


class Adapters(Generic[Config, Adapter]):
    """Adapters by name; `wanted` gives the present configuration of a name.

    `wanted` raises `NotFound` for a name that is not declared.
    """

    def __init__(
        self, wanted: Callable[[str], Config], make: Callable[[Config], Adapter]
    ) -> None:
        self._wanted = wanted
        self._make = make
        self._lock = Lock()
        self._made: dict[str, tuple[Config, Adapter]] = {}
        self._retired: dict[str, Adapter] = {}

    def get(self, name: str) -> Adapter:
        """Give the adapter of that name, as it is configured now."""
        config = self._wanted(name)
        with self._lock:
            present = self._made.get(name)
            if present is not None and present[0] == config:
                return present[1]
            adapter = self._make(config)
            self._made[name] = (config, adapter)
            # Closed one change later, when nobody can be using it any more.
            retired = self._retired.pop(name, None)
            if present is not None:
                self._retired[name] = present[1]
        _close(retired)
        return adapter

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            every = [adapter for _, adapter in self._made.values()]
            every.extend(self._retired.values())
            self._made.clear()
            self._retired.clear()
        for adapter in every:
            _close(adapter)


def _close(adapter: object) -> None:
    close = getattr(adapter, "close", None)
    if close is not None:
        close()
