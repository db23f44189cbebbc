"""The wiring of a policy folder: organizations, channels and what bounds them."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from service.domain.quantity import (
    Amount,
    Currency,
    Document,
    Duration,
    Name,
    Percent,
    Share,
)


class Reconcile(Document):
    """How far the computed cost may be from the provider's total."""

    tolerance: Share = Percent(Decimal(1))
    known_gap: Amount = Decimal(0)


class Guardrails(Document):
    """Bounds that hold for every policy of an organization; amounts in its currency."""

    max_limit: Amount | None = None
    min_limit: Amount | None = None
    baseline_limit: Amount | None = None
    cooldown: Duration = timedelta(hours=1)
    max_changes_per_day: Annotated[int, Field(ge=0)] = 4
    max_raise_per_period: Amount | None = None


class AuthHeader(StrEnum):
    """How the admin key is sent."""

    X_API_KEY = "x-api-key"
    BEARER = "bearer"
    BOTH = "both"


class OnDrift(StrEnum):
    """What to do when the limit was changed outside."""

    ASK = "ask"
    ADOPT = "adopt"
    REVERT = "revert"


class Organization(Document):
    """An organization at a provider: how to reach it, and what bounds its limit."""

    name: Name
    provider: Literal["mistral"] = "mistral"
    base_url: str = "https://api.mistral.ai/v1/admin"
    api_key: SecretStr
    auth_header: AuthHeader = AuthHeader.X_API_KEY
    currency: Currency
    on_drift: OnDrift = OnDrift.ADOPT
    reconcile: Reconcile = Reconcile()
    guardrails: Guardrails = Guardrails()


class ChannelConfig(Document):
    """A destination: any apprise URL, and who takes over when it keeps failing."""

    name: Name
    url: SecretStr
    fallback: str | None = None


class Guard(Document):
    """`guard.yaml`: the wiring of a policy folder."""

    version: Literal[1]
    organizations: Annotated[tuple[Organization, ...], Field(min_length=1)]
    channels: tuple[ChannelConfig, ...] = ()
    default_channels: tuple[str, ...] = ()
    unknown_after: Duration = timedelta(minutes=15)
