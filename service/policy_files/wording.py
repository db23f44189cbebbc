"""What pydantic found, in plain words and at the place of the key or value."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from types import NoneType
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.domain.document import RULE, Document
from service.domain.quantity import as_written
from service.policy_files.tree import Path, Problem, Tree

SECRET_KEYS = frozenset({"api_key", "url"})
_PATTERNS: Final[Mapping[str, str]] = {
    "currency": "a currency as three capitals, like EUR",
}
_NAME = "a name of letters, digits, '.', '_' and '-', at most 100 long"


def nearest(word: str, known: list[str]) -> str:
    """Suggest the nearest right word, or else name all that are possible."""
    close = get_close_matches(word.lower(), known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"possible: {', '.join(known)}" if known else "there is none"


def problems(
    error: ValidationError,
    document: type[Document],
    tree: Tree,
    at: Callable[[Path], Path],
) -> Iterator[Problem]:
    """Give each finding with its place; `at` finds the document's paths in the tree."""
    for detail in error.errors(include_url=False):
        path = at(detail["loc"])
        if detail["type"] == "extra_forbidden":
            yield Problem(tree.key_place(path), _unknown_key(document, detail["loc"]))
        else:
            yield Problem(tree.value_place(path), _text(detail))


def keys_of(document: type[Document]) -> list[str]:
    """Name the keys of a mapping, as they are written."""
    return [field.alias or name for name, field in document.model_fields.items()]


def _unknown_key(document: type[Document], loc: Path) -> str:
    key = str(loc[-1])
    owner = _document_at(document, loc[:-1])
    elsewhere = _ELSEWHERE.get((owner.__name__, key))
    if elsewhere:
        return elsewhere
    return f"unknown key `{key[:60]}`; {nearest(key, keys_of(owner))}"


_ELSEWHERE: Final[Mapping[tuple[str, str], str]] = {
    ("Guard", "policies"): "policies stand in another file beside guard.yaml",
    **{
        ("PolicyFile", key): f"`{key}` stands in guard.yaml"
        for key in (
            "organizations",
            "channels",
            "default_channels",
            "unknown_after",
            "fire_drill",
        )
    },
}


def _document_at(document: type[Document], loc: Path) -> type[Document]:
    """Follow a path through the fields of documents."""
    for step in loc:
        if isinstance(step, int):
            continue
        fields = document.model_fields
        field = next(f for name, f in fields.items() if step in (f.alias, name))
        document = _document_in(field.annotation) or document
    return document


def _document_in(annotation: Any) -> type[Document] | None:  # noqa: ANN401 - any annotation there is
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return annotation
    if get_origin(annotation) is None or annotation is NoneType:
        return None
    found = (_document_in(argument) for argument in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _text(detail: ErrorDetails) -> str:
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    key = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    if kind == RULE:
        return str(context["text"])
    if kind == "value_error":
        return _prefixed(key, str(context["error"]))
    if kind == "missing":
        return f"needs `{loc[-1]}`"
    if kind in {"enum", "literal_error"}:
        return _prefixed(key, _not_among(context["expected"], detail["input"]))
    wanted = _expected(kind, key, context)
    # What stands in place of a secret is more often than not the secret.
    given = "" if key in SECRET_KEYS else f", not {as_written(detail['input'])}"
    return _prefixed(key, f"expected {wanted}{given}")


def _prefixed(key: str, text: str) -> str:
    return f"{key}: {text}" if key else text


def _not_among(expected: str, given: object) -> str:
    words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    if isinstance(given, str):
        return f"unknown word {as_written(given)}; {nearest(given, words)}"
    return f"expected {' or '.join(words)}, not {as_written(given)}"


def _expected(kind: str, key: str, context: Mapping[str, Any]) -> str:
    words = _EXPECTED.get(kind)
    if words is None:
        # A kind that no field of ours makes today; better vague than in jargon.
        return "something else"
    return words(key, context)


class _Kind(StrEnum):
    """The kinds of findings pydantic makes about the fields of our documents."""

    MAPPING = "model_type"
    LIST = "tuple_type"
    TEXT = "string_type"
    WHOLE = "int_type"
    FLAG = "bool_type"
    PATTERN = "string_pattern_mismatch"
    SHORT_TEXT = "string_too_short"
    LONG_TEXT = "string_too_long"
    SHORT_VALUE = "too_short"
    LEAST = "greater_than_equal"
    MOST = "less_than_equal"


_EXPECTED: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    _Kind.MAPPING: lambda _key, _context: "keys with values",
    _Kind.LIST: lambda _key, _context: "a list",
    _Kind.TEXT: lambda _key, _context: "a text (in quotes if it looks like a number)",
    _Kind.WHOLE: lambda _key, _context: "a whole number",
    _Kind.FLAG: lambda _key, _context: "true or false",
    _Kind.PATTERN: lambda key, _context: _PATTERNS.get(key, _NAME),
    _Kind.SHORT_TEXT: lambda _key, _context: "a text that is not empty",
    _Kind.LONG_TEXT: lambda _key, context: (
        f"at most {context['max_length']} characters"
    ),
    # pydantic measures a secret as it does a list.
    _Kind.SHORT_VALUE: lambda _key, _context: "a text that is not empty",
    _Kind.LEAST: lambda _key, context: f"at least {context['ge']}",
    _Kind.MOST: lambda _key, context: f"at most {context['le']}",
}
