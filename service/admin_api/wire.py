"""The provider's JSON as it is, tolerant of added fields, strict on needed ones.

Fields and their optionality follow the provider's OpenAPI file; amounts are whole
units of the billing currency. The rows of `GET /usage` are read in `rows`. Fields that
nothing reads stand here too, so that `shape` knows them.
"""

import json
import re
from typing import Annotated, NoReturn, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from service.admin_api.exact import Flag, Positive, read_decimal
from service.admin_api.known import FILLED, SENT, AnyFlag, AnyNumber, AnyText, Known
from service.domain.errors import ProviderMalformed

_MOST_SHOWN = 5

Parsed = TypeVar("Parsed", bound="Wire")

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def read_json(body: bytes) -> object:
    """Read JSON with exact decimals; raise `ProviderMalformed` for anything else."""
    try:
        value: object = json.loads(
            body, parse_float=read_decimal, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        value = None
        readable = False
    else:
        readable = True
    if not readable:
        # Outside of the handler: its context would carry the whole body along.
        raise ProviderMalformed(f"the answer is no JSON ({len(body)} bytes)")
    # Walking through every answer would cost more than reading it.
    return _mended(value) if _SURROGATE.search(body) else value


def _mended(value: object) -> object:
    """Give JSON without halves of characters, which no hash or file can take."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_mended(each) for each in value]
        case dict():
            return {_mended(key): _mended(each) for key, each in value.items()}
        case _:
            return value


def _whole_text(value: object) -> object:
    """Give an id as text, also where it came as an integer."""
    return str(value) if type(value) is int else value


class Wire(BaseModel):
    """A part of an answer; unknown fields are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CompletionLimit(Wire):
    """`limits.completion`: the organization's limit, in spite of its name.

    `usage_limit` is read only if there is a limit: with `no_monthly_limit` it may
    carry anything.
    """

    monthly_limit_reached: Flag
    no_monthly_limit: Flag | None = None
    usage: Positive | None = None
    vibe_usage: Positive | None = None
    total_usage: Positive | None = None
    usage_limit: AnyNumber = None
    usage_limit_organization: AnyNumber = None


class Limits(Wire):
    """`limits` of `GET /spend-limit`."""

    completion: CompletionLimit
    last_payment_failure: Annotated[Flag | None, FILLED] = None
    last_payment_failure_protection: AnyFlag = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class LimitsOut(Wire):
    """`GET /spend-limit`."""

    limits: Limits


class NewUsageLimit(Wire):
    """The body of `POST /spend-limit`; `amount` is sent even to remove the limit."""

    amount: int
    no_monthly_limit: bool = False


class PriceData(Wire):
    """The price of one unit; None where the list names a unit without a price."""

    event_type: Annotated[str | None, SENT] = None
    billing_metric: str
    billing_group: str
    api_zone: str | None = None
    service_tier: str | None = None
    price: Annotated[
        Positive | None, Known(kinds=("number", "string", "null"), is_sent=True)
    ] = None


class UsageEnvelope(Wire):
    """`GET /usage` without its rows."""

    start_date: str
    end_date: str
    currency: Annotated[str | None, SENT] = None
    vibe_usage: Positive | None = None
    prices: Annotated[tuple[PriceData, ...] | None, SENT] = None
    date: AnyText = None
    previous_month: AnyText = None
    next_month: AnyText = None
    currency_symbol: AnyText = None


class WorkspaceSpendLimit(Wire):
    """A workspace's own limit, which can only be read."""

    value: Annotated[object, Known(kinds=("number", "null"), is_sent=True)] = None
    currency: Annotated[str | None, SENT] = None
    no_monthly_limit: Annotated[Flag | None, SENT] = None


class WorkspaceOut(Wire):
    """One workspace."""

    uuid: Annotated[str, Field(min_length=1)]
    name: str
    is_default: Annotated[bool, SENT] = False
    spend_limit: WorkspaceSpendLimit | None = None
    description: AnyText = None
    icon: AnyText = None
    members_count: AnyNumber = None


class WorkspacesOut(Wire):
    """A page of `GET /workspaces`; the page size is the one the provider used."""

    total: Annotated[int, Field(ge=0)]
    items: tuple[WorkspaceOut, ...]
    page_size: Annotated[int, Field(gt=0)] | None = None
    page: AnyNumber = None
    object: AnyText = None


class ModelLimits(Wire):
    """Tokens of one model; 0 is sent for some and does not mean blocked."""

    tokens_per_minute: Positive
    tokens_per_month: Positive


class NamedModelLimits(ModelLimits):
    """The same in the documentation's array form."""

    model: str


class RateLimitsOut(Wire):
    """`GET /rate-limit`; the schema says map, the documentation's sample array."""

    requests_per_second: Annotated[Positive | None, FILLED] = None
    tokens_limits_by_model: Annotated[
        dict[str, ModelLimits] | tuple[NamedModelLimits, ...] | None, FILLED
    ] = None


class AuditLogOut(Wire):
    """One entry of `GET /audit-logs`; what the maps hold is not documented."""

    created_at: AwareDatetime
    actor_type: str
    event_type: str
    target_type: str
    log_id: Annotated[
        str, BeforeValidator(_whole_text), Known(kinds=("number", "string"))
    ]
    actor_metadata: Annotated[dict[str, object] | None, SENT] = None
    event_metadata: Annotated[dict[str, object] | None, SENT] = None
    target_metadata: Annotated[dict[str, object] | None, SENT] = None
    organization_uuid: AnyText = None
    workspace_uuid: AnyText = None


class AuditLogPage(Wire):
    """A bare array in the answer, wrapped here."""

    entries: tuple[AuditLogOut, ...]


def parse(shape: type[Parsed], value: object) -> Parsed:
    """Read a value as a shape; raise `ProviderMalformed` naming what does not fit."""
    problems = ""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        problems = _describe(error)
    raise ProviderMalformed(problems)


def _describe(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [
        f"{'.'.join(map(str, problem['loc'])) or 'the answer'}: {problem['msg']}"
        for problem in found[:_MOST_SHOWN]
    ]
    if len(found) > _MOST_SHOWN:
        shown.append(f"and {len(found) - _MOST_SHOWN} more")
    return "; ".join(shown)
