"""Hypothesis strategies for domain values with every field drawn, defaults too."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from service.domain.activity import most_first
from service.domain.money import Money
from service.domain.usage import Activity, Failure

# PostgreSQL keeps no NUL, and no database half of a character.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
DECIMALS = st.builds(
    lambda number, exponent: Decimal(number).scaleb(exponent),
    st.integers(-(10**24), 10**24),
    st.integers(-12, 6),
)
_PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(0, 2**31 - 1),
    bool: st.booleans(),
    Decimal: DECIMALS,
    datetime: st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - Hypothesis wants its bounds naive
        lambda at: at.replace(tzinfo=UTC)
    ),
    date: st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=400)),
    Money: st.builds(Money, DECIMALS, st.sampled_from(["EUR", "USD", "JPY"])),
    type(None): st.none(),
}


def everything(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any type hint
    """Draw values of a type, with no field left at its default."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is Activity:
        # Whose counts are in their order, each with a name of its own.
        counts = st.dictionaries(TEXT, DECIMALS, max_size=3).map(most_first)
        return st.builds(Activity, counts=counts, lacking=everything(Failure | None))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        drawn = {field.name: everything(hints[field.name]) for field in fields(kind)}
        return st.builds(kind, **drawn)
    return _composed(get_origin(kind), get_args(kind))


def _composed(
    origin: object, arguments: tuple[object, ...]
) -> st.SearchStrategy[object]:
    if origin in (Union, UnionType):
        return st.one_of([everything(each) for each in arguments])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(everything(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(everything(each) for each in arguments))
    assert origin is Mapping, f"how to draw a {origin}?"
    keys, values = (everything(each) for each in arguments)
    return st.dictionaries(keys, values, max_size=3)
