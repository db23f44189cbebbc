"""How an answer of the provider differs from the shape that is known of it (F3)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChanges:
    """Differences as sentences, each naming its answer and its place in it.

    `broken` is what is missing or of another type, `added` fields nobody knows. Names
    from outside are short and printable.
    """

    broken: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


AS_KNOWN = ShapeChanges()


def together(changes: Iterable[ShapeChanges]) -> ShapeChanges:
    """Give the differences of several answers, each said once."""
    seen = tuple(changes)
    return ShapeChanges(
        broken=tuple(dict.fromkeys(each for one in seen for each in one.broken)),
        added=tuple(dict.fromkeys(each for one in seen for each in one.added)),
    )


def listed(sentences: tuple[str, ...], most: int = 20) -> str:
    """Write a list that a person reads: the first ones, and how many more there are."""
    more = len(sentences) - most
    rest = (f"and {more} more",) if more > 0 else ()
    return "; ".join((*sentences[:most], *rest))
