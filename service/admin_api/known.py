"""What is known of an answer's shape, read off the models in `wire`.

A model says which fields there are and of which type. `Known` adds what a tolerant
model leaves out: that a field is always sent, or which JSON types it comes in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, reduce
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

Kind: TypeAlias = Literal["object", "list", "string", "number", "boolean", "null"]

KINDS: Mapping[object, Kind] = {
    dict: "object",
    list: "list",
    str: "string",
    int: "number",
    Decimal: "number",
    bool: "boolean",
    NoneType: "null",
    datetime: "string",
    AwareDatetime: "string",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a field's type does not say; no `kinds` leaves it to the type."""

    kinds: tuple[Kind, ...] = ()
    is_sent: bool = False
    is_never_null: bool = False


SENT = Known(is_sent=True)
FILLED = Known(is_sent=True, is_never_null=True)
# Known and read by nobody: whatever it holds, no answer is refused for it.
AnyText: TypeAlias = Annotated[object, Known(kinds=("string", "null"))]
AnyNumber: TypeAlias = Annotated[object, Known(kinds=("number", "null"))]
AnyFlag: TypeAlias = Annotated[object, Known(kinds=("boolean", "null"))]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shape:
    """A JSON value as it is known: without `kinds` it may be anything.

    `fields` are those of an object whose names are fixed, `required` the ones always
    sent; `entries` is what a map with names of its own holds, `items` what a list does.
    """

    kinds: frozenset[Kind] = frozenset()
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    entries: "Shape | None" = None
    items: "Shape | None" = None

    @property
    def is_flat(self) -> bool:
        """Say whether the types of an object's fields are all that is known of it."""
        return bool(self.fields) and not any(
            each.fields or each.entries or each.items for each in self.fields.values()
        )


@lru_cache(maxsize=64)
def shape_of(model: type[BaseModel]) -> Shape:
    """Give what a model knows of an object."""
    fields = {name: _of_field(info) for name, info in model.model_fields.items()}
    return Shape(
        kinds=frozenset({"object"}),
        fields=fields,
        required=tuple(
            name
            for name, info in model.model_fields.items()
            if info.is_required() or _known(info).is_sent
        ),
    )


def _known(info: FieldInfo) -> Known:
    return next((each for each in info.metadata if isinstance(each, Known)), Known())


def _of_field(info: FieldInfo) -> Shape:
    known = _known(info)
    if known.kinds:
        return Shape(kinds=frozenset(known.kinds))
    told = _of_type(info.annotation)
    kinds = told.kinds - {"null"} if known.is_never_null else told.kinds
    return _merged((told,), kinds)


def _of_type(annotation: object) -> Shape:
    """Give what a type of `wire` says of JSON; a type it does not use fits all."""
    if get_origin(annotation) is Annotated:
        return _of_type(get_args(annotation)[0])
    if annotation in KINDS:
        return Shape(kinds=frozenset({KINDS[annotation]}))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return shape_of(annotation)
    return _of_parts(get_origin(annotation), get_args(annotation))


def _of_parts(origin: object, parts: tuple[object, ...]) -> Shape:
    if origin is dict:
        return Shape(kinds=frozenset({"object"}), entries=_of_type(parts[1]))
    if origin is tuple:
        return Shape(kinds=frozenset({"list"}), items=_of_type(parts[0]))
    if origin in {Union, UnionType}:
        told = tuple(map(_of_type, parts))
        return _merged(told, frozenset[Kind]().union(*(each.kinds for each in told)))
    return Shape()


def _merged(told: Iterable[Shape], kinds: frozenset[Kind]) -> Shape:
    """Give one shape for several that no value can be mistaken between."""

    def both(one: Shape, other: Shape) -> Shape:
        return Shape(
            fields=one.fields or other.fields,
            required=one.required or other.required,
            entries=one.entries or other.entries,
            items=one.items or other.items,
        )

    joined = reduce(both, told)
    return Shape(
        kinds=kinds,
        fields=joined.fields,
        required=joined.required,
        entries=joined.entries,
        items=joined.items,
    )
