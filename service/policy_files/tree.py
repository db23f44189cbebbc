"""A document as plain values that remember where they were written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


START = Place(1, 1)


class Entry(NamedTuple):
    """Where a key and its value stand; an item of a list is its own key."""

    key: Place
    value: Place


@dataclass(slots=True)
class Tree:
    """The values of one document, and where each stands.

    Places are kept by the identity of the container, so that what an alias repeats
    keeps the place at which it was written once.
    """

    root: object = None
    start: Place = START
    entries: dict[int, dict[str | int, Entry]] = field(default_factory=dict)
    # Containers that nothing refers to any more, lest their identities be used again.
    kept: list[object] = field(default_factory=list)

    def value_place(self, path: Path) -> Place:
        """Give where the value at a path stands, or the nearest one above it."""
        entry = self._entry(path)
        return self.start if entry is None else entry.value

    def key_place(self, path: Path) -> Place:
        """Give where the key at the end of a path stands, or the nearest above it."""
        entry = self._entry(path)
        return self.start if entry is None else entry.key

    def value(self, path: Path) -> object:
        """Give the value at a path, None where there is none."""
        value = self.root
        for step in path:
            match value, step:
                case Mapping(), str() if step in value:
                    value = value[step]
                case list(), int() if step < len(value):
                    value = value[step]
                case _:
                    return None
        return value

    def _entry(self, path: Path) -> Entry | None:
        found: Entry | None = None
        value = self.root
        for step in path:
            entry = self.entries.get(id(value), {}).get(step)
            if entry is None:
                break
            found = entry
            value = _child(value, step)
        return found


def _child(value: object, step: str | int) -> object:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, Sequence) and isinstance(step, int):
        return value[step]
    return None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, or only doubtful, at a place of one document."""

    place: Place
    text: str
    is_warning: bool = False
