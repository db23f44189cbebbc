"""The parts all answers are made of: items, lists, money, quantities.

Money is `{"amount": "292.80", "currency": "EUR"}`, other decimal figures are strings,
counts are integers, times are RFC 3339 in UTC.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from service.domain.money import Money, shown
from service.domain.usage import SpendLimit
from service.ports import Page

_CURRENCY = re.compile(r"[A-Z]{3}")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_SHOWN = Decimal("0.000001")
EUR_292 = {"amount": "292.80", "currency": "EUR"}
EUR_4000 = {"amount": "4000.00", "currency": "EUR"}


def _written_as_time(value: object) -> object:
    # A number would be taken for seconds since 1970.
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("expected a time like 2026-08-20T12:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_as_time)]


class Body(BaseModel):
    """Anything that goes out; every field that may be absent is null instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Sent(BaseModel):
    """Anything that comes in; a field nobody knows is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def example(**fields: Any) -> ConfigDict:  # noqa: ANN401 - any JSON
    """Give the model configuration that shows one example in the API's description."""
    return ConfigDict(json_schema_extra={"example": fields})


class MoneyBody(Body):
    """An exact amount of a currency, as a decimal string."""

    model_config = example(**EUR_292)

    amount: str = Field(pattern=r"^-?\d+\.\d{2,6}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Quantity(Body):
    """A figure of an alert or decision in `unit`: a currency, `%` or an event type.

    `currency` is there where, and only where, the figure is money.
    """

    model_config = example(amount="87.50", unit="%", currency=None)

    amount: str
    unit: str
    currency: str | None = None


ItemT = TypeVar("ItemT")
Thing = TypeVar("Thing")


class Listing(Body, Generic[ItemT]):
    """A page of a list, newest first; `next_cursor` is null on the last."""

    items: list[ItemT]
    next_cursor: str | None = None


def money(amount: Decimal | None, currency: str) -> MoneyBody | None:
    """Give an amount of a currency; None stays None."""
    if amount is None:
        return None
    return MoneyBody(amount=shown(amount), currency=currency)


def money_of(value: Money | None) -> MoneyBody | None:
    """Give money; None stays None."""
    return None if value is None else money(value.amount, value.currency)


def limit_money(limit: SpendLimit | None) -> MoneyBody | None:
    """Give the amount of a limit: None where there is none to give."""
    return None if limit is None else money_of(limit.amount)


def is_unlimited(limit: SpendLimit | None) -> bool | None:
    """Say whether a limit is none at all; None when it is not known."""
    return None if limit is None else limit.is_unlimited


def quantity(amount: Decimal | None, unit: str) -> Quantity | None:
    """Give a figure in its unit; None stays None."""
    if amount is None:
        return None
    if _CURRENCY.fullmatch(unit):
        return Quantity(amount=shown(amount), unit=unit, currency=unit)
    return Quantity(amount=plain(amount), unit=unit)


def plain(amount: Decimal) -> str:
    """Write a number that is no money: at most six decimals, no trailing zeros."""
    if amount == amount.to_integral_value():
        return f"{amount:.0f}"
    return f"{amount.quantize(_SHOWN).normalize():f}"


def answer(body: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Give the response with a body, written once and not validated a second time."""
    return Response(
        body.model_dump_json(by_alias=True),
        status_code=status.value,
        media_type="application/json",
    )


def listing(page: Page[Thing], item: Callable[[Thing], Body]) -> Response:
    """Give the response with a page, each thing of it turned into an item."""
    items = [item(each) for each in page.items]
    return answer(Listing(items=items, next_cursor=page.next_cursor))


def given(body: type[BaseModel], description: str) -> dict[int | str, dict[str, Any]]:
    """Give the `responses=` entry of the good answer."""
    return {HTTPStatus.OK.value: {"model": body, "description": description}}
