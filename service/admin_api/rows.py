"""The rows of `GET /usage`, read by hand: a large month has thousands of them.

The provider's schema leaves them open. A category is a tree of maps that ends in
lists of rows, with or without a `models` level on the way; the map above a list is
keyed by billing group, the one above that by model.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from service.admin_api.exact import count
from service.domain.errors import ProviderMalformed
from service.domain.usage import UsageRow

Tree: TypeAlias = Mapping[str, object]

# The provider's name and ours, which policies use; text-to-speech is audio to people.
_CATEGORIES = {
    "completion": "completion",
    "ocr": "ocr",
    "connectors": "connectors",
    "audio": "audio",
    "audio_characters": "audio",
    "libraries_api": "libraries_api",
    "fine_tuning": "fine_tuning",
    "vibe_code": "vibe",
    "chat": "chat",
}
# Storage has neither unit nor price: a map of names and numbers, not of rows.
_WITHOUT_ROWS = {"fine_tuning": frozenset({"storage"})}
_MODELS = "models"
_PLAIN = frozenset(
    {"completion", "ocr", "connectors", "audio", "audio_characters", "chat"}
)
# In every answer since the first published schema.
_ALWAYS_SENT = (
    "completion",
    "ocr",
    "connectors",
    "audio",
    "libraries_api",
    "fine_tuning",
    "chat",
)
# models, sub-category, model, group: one more than is known.
_DEEPEST = 5


def categories(answer: Tree) -> dict[str, str]:
    """Give the provider's name and ours of each category in an answer.

    A name that is not known keeps itself, if what it holds looks like usage.
    """
    return {
        name: _CATEGORIES.get(name, name)
        for name, value in answer.items()
        if (name in _CATEGORIES and not _is_left_out(name, value))
        or (name not in _CATEGORIES and _looks_like_usage(value))
    }


def unknown_categories(answer: Tree) -> tuple[str, ...]:
    """Name the categories of an answer that this program does not know."""
    return tuple(sorted(name for name in categories(answer) if name not in _CATEGORIES))


def missing_categories(answer: Tree) -> tuple[str, ...]:
    """Name the categories that answers always had and this one lacks."""
    return tuple(name for name in _ALWAYS_SENT if name not in answer)


def rows_of(answer: Tree) -> tuple[UsageRow, ...]:
    """Read all rows; raise `ProviderMalformed` naming the place of a bad one."""
    return tuple(
        row
        for name, category in categories(answer).items()
        for row in _category_rows(answer[name], name, category)
    )


def _is_left_out(name: str, value: object) -> bool:
    # Vibe Code came later than the rest: null there means as much as nothing.
    return value is None and name == "vibe_code"


def _looks_like_usage(value: object) -> bool:
    match value:
        case {"models": {}} | {"models": []}:
            return True
        case {**parts} if parts:
            return any(
                isinstance(part, dict) and isinstance(part.get(_MODELS), dict)
                for part in parts.values()
            )
        case _:
            return False


def _category_rows(value: object, name: str, category: str) -> Iterator[UsageRow]:
    if not isinstance(value, dict):
        raise ProviderMalformed(f"{name} is no map of usage")
    if name in _PLAIN and _MODELS not in value:
        raise ProviderMalformed(f"{name}.{_MODELS} is missing")
    skipped = _WITHOUT_ROWS.get(name, frozenset())
    for key, part in value.items():
        # A number or a word beside the rows is an addition; null is a gap in them.
        if key not in skipped and (key == _MODELS or not _is_scalar(part)):
            yield from _walk(part, (name, key), category)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | Decimal)


def _walk(value: object, path: tuple[str, ...], category: str) -> Iterator[UsageRow]:
    if isinstance(value, list):
        yield from _rows(value, path, category)
        return
    if not isinstance(value, dict) or len(path) > _DEEPEST:
        raise ProviderMalformed(f"{'.'.join(path)} is no map of usage")
    for key, part in value.items():
        yield from _walk(part, (*path, key), category)


def _rows(
    listed: list[object], path: tuple[str, ...], category: str
) -> Iterator[UsageRow]:
    model, group = path[-2].partition("::")[0], path[-1]
    for index, row in enumerate(listed):
        try:
            yield _read_row(row, category, model, group)
        except ValueError as error:
            place = f"{'.'.join(path)}[{index}]"
            raise ProviderMalformed(f"{place}: {error}") from None


def _read_row(row: object, category: str, model: str, group: str) -> UsageRow:
    if not isinstance(row, dict):
        raise ValueError("is no row")  # noqa: TRY004 - all that is wrong here is one error
    value, paid = row.get("value"), row.get("value_paid")
    units = _units(value, "value")
    return UsageRow(
        category=category,
        model=_text(row, "billing_display_name") or model,
        billing_metric=_text(row, "billing_metric") or "",
        billing_group=_text(row, "billing_group") or group,
        event_type=_text(row, "event_type"),
        api_zone=_text(row, "api_zone"),
        service_tier=_text(row, "service_tier"),
        day=_day(row.get("timestamp")),
        units=units,
        paid_units=units if paid is None else _units(paid, "value_paid"),
    )


def _units(value: object, key: str) -> int:
    if value is None:
        raise ValueError(f"{key} is missing")
    try:
        return count(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def _text(row: Tree, key: str) -> str | None:
    value = row.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{key} is no text")


def _day(value: object) -> date | None:
    return _day_of(value) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _day_of(text: str) -> date | None:
    """Give the UTC day of a date or a time; None for what is neither."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
