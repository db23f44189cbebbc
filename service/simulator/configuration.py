"""What a simulated provider is made of; everything here is a plain value."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from service.simulator.catalogue import Catalogue, PriceStyle
from service.simulator.curves import Curve, Healthy
from service.simulator.products import default_catalogue

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://spendguard.example/simulator")


def stable_uuid(*parts: str) -> str:
    """Return a uuid that depends on `parts` alone."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


class Shape(StrEnum):
    """Which age of the provider's answers is spoken."""

    JULY = "july"  # no zones, tiers, audio_characters or vibe_code; vibe_usage
    NEWEST = "newest"


class Dialect(StrEnum):
    """The two spellings of the analytics paths."""

    LECHAT = "lechat"  # /analytics/lechat/usage/…, /analytics/vibe/usage/…
    WORK = "work"  # /analytics/vibe/work/usage/…, /analytics/vibe/code/usage/…


class Header(StrEnum):
    """How a key may be handed over."""

    X_API_KEY = "x-api-key"
    BEARER = "bearer"


CONSOLE_PREFIX = "/api/admin"
VERSIONED_PREFIX = "/v1/admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What the provider accepts; everything switched off answers 401 or 404."""

    dialects: frozenset[Dialect] = frozenset(Dialect)
    headers: frozenset[Header] = frozenset(Header)
    prefixes: frozenset[str] = frozenset({CONSOLE_PREFIX, VERSIONED_PREFIX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace; `spend_limit` is its own cap, readable and enforced."""

    name: str
    is_archived: bool = False
    is_default: bool = False
    description: str | None = None
    members_count: int | None = 5
    spend_limit: Decimal | None = None
    shows_spend_limit: bool = True  # False: `spend_limit: null` as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A source of spend: `daily` is the money of its average day at list price.

    `paid_share` is the part that is billed, the rest is allowance (0 for chat).
    `workspace` None is usage that no workspace shows.
    """

    product: str
    daily: Decimal
    workspace: str | None = None
    curves: tuple[Curve, ...] = (Healthy(),)
    zone: str = "global"
    tier: str = "standard"
    paid_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUser:
    """A person in the work analytics and how much they write, in office hours.

    `curves` bend that, as they do the rate of a stream.
    """

    name: str
    messages_per_day: float = 12.0
    curves: tuple[Curve, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationConfig:
    """One organization as it stands when the simulation starts."""

    name: str
    admin_key: str
    currency: str = "EUR"
    limit: int = 4000
    unlimited: bool = False
    workspaces: tuple[Workspace, ...] = ()
    streams: tuple[Stream, ...] = ()
    users: tuple[WorkUser, ...] = ()
    agents: tuple[str, ...] = ()
    shape: Shape = Shape.NEWEST
    price_style: PriceStyle = PriceStyle.MIXED
    exact_totals: bool = False  # True: totals to the last digit, not to the cent
    rollover_delay: timedelta = timedelta(0)
    reached_lag: timedelta = timedelta(0)  # the flag outlasts a raise by this much
    audit_delay: timedelta = timedelta(0)
    overshoot: Decimal = Decimal(0)  # how far past the limit batches may run
    storage_per_day: Decimal = Decimal(0)  # counted, and absent from /usage
    max_amount: int | None = None  # what a contract allows; 422 above
    requests_per_second: float = 12
    rate_limit_as_list: bool = False
    archived_only: bool = False  # reading of `is_archived`: only, not also


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """A provider: its organizations, its clock and its seed."""

    start: datetime
    organizations: tuple[OrganizationConfig, ...]
    seed: int = 7
    speed: float = 0.0  # virtual seconds per real second; 0: only by advance()
    step: timedelta = timedelta(minutes=15)
    history_months: int = 2
    switches: Switches = Switches()
    catalogue: Catalogue = field(default_factory=default_catalogue)
