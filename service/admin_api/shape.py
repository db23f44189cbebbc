"""An answer held against what is known of its shape: what is missing, other or new.

Answers are large and every check reads some, so long lists are looked at in places
spread over them, and rows that look alike are compared once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pydantic import BaseModel

from service.admin_api.known import KINDS, Kind, Shape, shape_of
from service.domain.shape import ShapeChanges

_MOST_SHOWN = 20
_MOST_COUNTED = 1000
_MOST_ENTRIES = 200
_FEWEST_ROWS = 3
_ONE_ROW_IN = 16
_LONGEST_NAME = 60
# A row with more fields than that is not worth remembering how it looked.
_MOST_FIELDS = 40
_SAID: Mapping[Kind, str] = {
    "object": "an object",
    "list": "a list",
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class _Difference:
    """One difference at a place; without an end to its sentence it is a new field."""

    place: tuple[str, ...]
    is_missing: bool = False
    retyped: str = ""

    def within(self, place: tuple[str, ...]) -> "_Difference":
        return _Difference((*place, *self.place), self.is_missing, self.retyped)

    @property
    def is_new(self) -> bool:
        return not self.is_missing and not self.retyped

    @property
    def sentence(self) -> str:
        path = ".".join(map(_harmless, self.place)) or "the answer"
        if self.retyped:
            return f"{path} {self.retyped}"
        return f"{'missing' if self.is_missing else 'new'} field {path}"


def compare(
    name: str, model: type[BaseModel], answers: Iterable[object]
) -> ShapeChanges:
    """Tell how answers of one route differ from what the model knows of them.

    The first twenty differences of either kind are named, the others counted.
    """
    shape = shape_of(model)
    found = (each for answer in answers for each in _walk(shape, answer, ()))
    distinct = dict.fromkeys(islice(found, _MOST_COUNTED))
    if not distinct:
        return ShapeChanges()
    return ShapeChanges(
        broken=_told(name, [each for each in distinct if not each.is_new]),
        added=_told(name, [each for each in distinct if each.is_new]),
    )


def _told(name: str, found: Sequence[_Difference]) -> tuple[str, ...]:
    told = [f"{name}: {each.sentence}" for each in found[:_MOST_SHOWN]]
    if len(found) > _MOST_SHOWN:
        told.append(f"{name}: and {len(found) - _MOST_SHOWN} more")
    return tuple(told)


def _harmless(name: str) -> str:
    shown = "".join(
        each if each.isprintable() else "?" for each in name[:_LONGEST_NAME]
    )
    return shown if len(name) <= _LONGEST_NAME else f"{shown}…"


def _walk(shape: Shape, value: object, place: tuple[str, ...]) -> Iterator[_Difference]:
    kind = KINDS.get(type(value), "null")
    if shape.kinds and kind not in shape.kinds:
        yield _Difference(place, retyped=_retyped(shape, kind))
    elif isinstance(value, dict) and shape.fields:
        yield from _fields(shape, value, place)
    elif isinstance(value, dict) and shape.entries is not None:
        for entry in _spread(tuple(value.values()), _MOST_ENTRIES):
            yield from _walk(shape.entries, entry, (*place, "*"))
    elif isinstance(value, list) and shape.items is not None:
        yield from _items(shape.items, value, (*place, "*"))


def _retyped(shape: Shape, kind: Kind) -> str:
    known = " or ".join(said for each, said in _SAID.items() if each in shape.kinds)
    return f"was {known}, is {_SAID[kind]}"


def _fields(
    shape: Shape, value: Mapping[str, object], place: tuple[str, ...]
) -> Iterator[_Difference]:
    yield from _names(shape, value, place)
    for name, each in shape.fields.items():
        if name in value:
            yield from _walk(each, value[name], (*place, name))


def _names(
    shape: Shape, names: Collection[str], place: tuple[str, ...]
) -> Iterator[_Difference]:
    for name in shape.required:
        if name not in names:
            yield _Difference((*place, name), is_missing=True)
    for name in names:
        if name not in shape.fields:
            yield _Difference((*place, name))


def _items(
    shape: Shape, listed: list[object], place: tuple[str, ...]
) -> Iterator[_Difference]:
    is_flat = shape.is_flat
    rows = max(_FEWEST_ROWS, len(listed) // _ONE_ROW_IN)
    for item in _spread(listed, rows if is_flat else _MOST_ENTRIES):
        if is_flat and isinstance(item, dict) and len(item) <= _MOST_FIELDS:
            kinds = tuple(map(type, item.values()))
            for each in _of_row(shape, tuple(item), kinds):
                yield each.within(place)
        else:
            yield from _walk(shape, item, place)


@lru_cache(maxsize=256)
def _of_row(
    shape: Shape, names: tuple[str, ...], kinds: tuple[type, ...]
) -> tuple[_Difference, ...]:
    """Compare a flat object by its names and types, which most rows share."""
    retyped = [
        _Difference((name,), retyped=_retyped(known, KINDS[kind]))
        for name, kind in zip(names, kinds, strict=True)
        if (known := shape.fields.get(name)) is not None
        and known.kinds
        and KINDS[kind] not in known.kinds
    ]
    return (*_names(shape, names, ()), *retyped)


def _spread(values: Sequence[object], most: int) -> Sequence[object]:
    """Give the first and the last of a list and some between, evenly apart."""
    last = len(values) - 1
    if last < most:
        return values
    return [values[place * last // (most - 1)] for place in range(most)]
