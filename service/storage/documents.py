"""Nested domain values as JSON texts, and limits as the texts people read.

Pydantic reads and writes the domain's own dataclasses: decimals and moments are
strings, an unknown field of a later version is passed over.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Generic, TypeVar, cast

from pydantic import TypeAdapter

from service.domain.approval import Approval
from service.domain.check import ThresholdOutcome, UsageLine
from service.domain.expected import Forecast
from service.domain.money import Money
from service.domain.notification import Message
from service.domain.silence import Matchers
from service.domain.state import OrganizationState
from service.domain.usage import Failure, Figure, SpendLimit
from service.storage.columns import plain

Value = TypeVar("Value")

_UNLIMITED = "unlimited"


class Document(Generic[Value]):
    """The JSON form of one type."""

    def __init__(self, kind: type[Value]) -> None:
        self._adapter: TypeAdapter[Value] = TypeAdapter(kind)

    def dump(self, value: Value) -> str:
        return self._adapter.dump_json(value).decode()

    def load(self, text: str) -> Value:
        return self._adapter.validate_json(text)


STATE = Document(OrganizationState)
FIGURE = Document(Figure)
# A union is no class to the type checker, though pydantic reads and writes it.
FORECAST = Document(cast("type[Forecast | Failure]", Forecast | Failure))
APPROVAL = Document(Approval)
MESSAGE = Document(Message)
MATCHERS = Document(Matchers)
OUTCOMES = Document(tuple[ThresholdOutcome, ...])
LINES = Document(tuple[UsageLine, ...])
WORDS = Document(tuple[str, ...])
TEXTS = Document(tuple[tuple[str, str], ...])


def text_of_limit(limit: SpendLimit | None) -> str | None:
    """Write `4000 EUR` with every digit, `unlimited`, or nothing when unknown."""
    if limit is None:
        return None
    if limit.amount is None:
        return _UNLIMITED
    return f"{plain(limit.amount.amount)} {limit.amount.currency}"


# A series reads the same few limits thousands of times.
@lru_cache(maxsize=1024)
def limit_from_text(text: str | None) -> SpendLimit | None:
    """Read what `text_of_limit` wrote."""
    if text is None:
        return None
    if text == _UNLIMITED:
        return SpendLimit(None)
    amount, currency = text.split(" ")
    return SpendLimit(Money(Decimal(amount), currency))
