"""The wiring of a policy folder: organizations, channels and what bounds them."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from service.domain.alert import SYSTEM
from service.domain.document import (
    Amount,
    Count,
    Currency,
    Document,
    Duration,
    Name,
    PositiveDuration,
    Share,
    Text,
    Version,
    refuse,
    schema_of,
)
from service.domain.quantity import Percent


class Reconcile(Document):
    """How far the computed cost may be from the provider's total."""

    tolerance: Share = Field(
        Percent(Decimal(1)),
        description="A share of the provider's total.",
        examples=["1%"],
    )
    known_gap: Amount = Field(
        Decimal(0),
        description="By how much the provider's total may be higher, because storage"
        " and fine-tuning have no price.",
        examples=[0],
        json_schema_extra={"default": 0},
    )


class Guardrails(Document):
    """Bounds that hold for every policy of an organization; amounts in its currency."""

    max_limit: Amount | None = Field(
        None, description="No change may go above.", examples=[8000]
    )
    min_limit: Amount | None = Field(
        None, description="No change may go below.", examples=[200]
    )
    baseline_limit: Amount | None = Field(
        None,
        description="Restored at the start of a month if Spendguard had moved the"
        " limit.",
        examples=[5000],
    )
    cooldown: Duration = Field(
        timedelta(hours=1),
        description="Least time between two automatic raises.",
        examples=["1h"],
        json_schema_extra={"default": "1h"},
    )
    max_changes_per_day: Count = Field(
        4, description="Most automatic raises applied in 24 h.", examples=[4]
    )
    max_raise_per_period: Amount | None = Field(
        None,
        description="Most that the highest limit of a month may be above the limit at"
        " its start.",
        examples=[3000],
    )

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        lowest, highest = self.min_limit, self.max_limit
        if lowest is not None and highest is not None and lowest > highest:
            refuse((("min_limit",), f"min_limit is above max_limit, {highest}"))
        return self


class AuthHeader(StrEnum):
    """How the admin key is sent."""

    X_API_KEY = "x-api-key"
    BEARER = "bearer"
    BOTH = "both"


class OnDrift(StrEnum):
    """What to do when the limit was changed outside."""

    ASK = "ask"  # a person; raises and restores wait until then
    ADOPT = "adopt"  # as if a person had set it here
    REVERT = "revert"  # put it back, once a day, and then ask


def _web_address(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when it is none
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def _base_url(url: str) -> str:
    parts = _web_address(url)
    if parts is None or any(not "!" <= each <= "~" for each in url):
        raise ValueError("expected an address that begins with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address must not hold a name or password: use api_key")
    if parts.query or parts.fragment or url[-1] in "?#":
        raise ValueError("an address must end with its path, without ? and #")
    return url.rstrip("/")


def _sendable(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not text:
        raise ValueError("the key is empty")
    # It travels in an HTTP header: a line break would begin another one.
    if any(not "!" <= each <= "~" for each in text):
        raise ValueError("the key holds white space or characters no key has")
    return key


def _not_taken(name: str) -> str:
    if name == SYSTEM:
        raise ValueError(f"{SYSTEM} is what Spendguard calls itself: take another name")
    return name


class Organization(Document):
    """An organization at a provider: how to reach it, and what bounds its limit."""

    name: Annotated[Name, AfterValidator(_not_taken)] = Field(
        description="What policies call it.", examples=["acme"]
    )
    provider: Literal["mistral"] = Field(
        "mistral", description="Whose Admin API it is.", examples=["mistral"]
    )
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "https://api.mistral.ai/v1/admin",
        description="Where the provider's Admin API begins.",
        examples=["https://api.mistral.ai/v1/admin"],
    )
    api_key: Annotated[SecretStr, AfterValidator(_sendable)] = Field(
        description="The admin key: ${NAME}, ${NAME:-default} or ${file:/path}.",
        examples=["${MISTRAL_ADMIN_API_KEY}"],
    )
    auth_header: AuthHeader = Field(
        AuthHeader.X_API_KEY, description="How the key is sent.", examples=["bearer"]
    )
    currency: Currency = Field(
        description="ISO 4217; must be the provider's, or nothing is checked.",
        examples=["EUR"],
    )
    on_drift: OnDrift = Field(
        OnDrift.ASK,
        description="What to do when the limit was changed outside: ask a person, adopt"
        " it, or revert it once a day and then ask.",
        examples=["ask"],
    )
    reconcile: Reconcile = Field(
        Reconcile(),
        description="How far apart the two sources of spend may be.",
        examples=[{"tolerance": "1%", "known_gap": 0}],
        json_schema_extra={"default": {}},
    )
    guardrails: Guardrails = Field(
        Guardrails(),
        description="Bounds that hold for every policy of this organization.",
        examples=[{"max_limit": 8000, "min_limit": 200}],
        json_schema_extra={"default": {}},
    )


def _at_least_one(
    organizations: tuple[Organization, ...],
) -> tuple[Organization, ...]:
    # Not by Field(min_length=1): pydantic counts only items that are good.
    if not organizations:
        raise ValueError("expected at least one organization")
    return organizations


class ChannelConfig(Document):
    """A destination: any apprise URL, and who takes over when it keeps failing."""

    name: Name = Field(description="What policies call it.", examples=["finops"])
    url: SecretStr = Field(
        min_length=1,
        description="An apprise URL: text, ${NAME}, ${NAME:-default}, ${file:/path}.",
        examples=["${SPENDGUARD_SLACK_URL}"],
    )
    fallback: Text | None = Field(
        None,
        description="The channel that takes over when this one keeps failing.",
        examples=["finops-mail"],
    )


class Guard(Document):
    """`guard.yaml`: the wiring of a policy folder."""

    version: Version = Field(description="The version of the language.", examples=[1])
    organizations: Annotated[
        tuple[Organization, ...], AfterValidator(_at_least_one)
    ] = Field(
        description="What is guarded.",
        json_schema_extra={"minItems": 1},
        examples=[
            [{"name": "acme", "api_key": "${MISTRAL_ADMIN_API_KEY}", "currency": "EUR"}]
        ],
    )
    channels: tuple[ChannelConfig, ...] = Field(
        (),
        description="Where messages can go.",
        examples=[[{"name": "finops", "url": "${SPENDGUARD_SLACK_URL}"}]],
    )
    default_channels: tuple[Text, ...] = Field(
        (),
        description="Who is told of the guard's own health, and of thresholds that name"
        " no channel.",
        examples=[["finops"]],
    )
    unknown_after: PositiveDuration = Field(
        timedelta(minutes=15),
        description="A figure unknown for this long alerts.",
        examples=["15m"],
        json_schema_extra={"default": "15m"},
    )
    fire_drill: Duration = Field(
        timedelta(days=7),
        description="A channel that took no message for this long is sent a fire drill;"
        " 0s for never.",
        examples=["7d"],
        json_schema_extra={"default": "7d"},
    )


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of `guard.yaml`, for editors."""
    return schema_of(Guard, "Spendguard guard.yaml")
