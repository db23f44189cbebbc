"""What the provider tells about activity and rates, passed on as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from service.domain.shape import AS_KNOWN, ShapeChanges

Cell: TypeAlias = str | int | bool | Decimal | None


class AnalyticsReport(StrEnum):
    """The five reports of the Admin API."""

    LECHAT_BY_USER = "lechat/by-user"
    LECHAT_BY_AGENT = "lechat/by-agent"
    LECHAT_BY_TIME = "lechat/by-time"
    VIBE_BY_WORKSPACE = "vibe/by-workspace"
    VIBE_BY_ORGANIZATION = "vibe/by-organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """One report over `[start, end)`: named series of flat rows.

    le Chat reports have one series, `data`; Vibe Code reports have one for each
    counter, such as `sessions`, by day.
    """

    report: AnalyticsReport
    start: datetime
    end: datetime
    series: Mapping[str, tuple[Mapping[str, Cell], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRateLimit:
    """Tokens allowed per minute and month of one model; 0 does not mean blocked."""

    model: str
    tokens_per_minute: Decimal
    tokens_per_month: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The organization's rate limits; the same ones may come in another shape."""

    requests_per_second: Decimal | None
    models: tuple[ModelRateLimit, ...]
    shape_changes: ShapeChanges = field(default=AS_KNOWN, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAuditEntry:
    """One entry of the provider's own audit log; `actor` is the best name it gives.

    How the log's answers differ in shape is said by its first entry.
    """

    at: datetime
    actor: str
    actor_type: str
    event_type: str
    target_type: str
    detail: Mapping[str, str]
    shape_changes: ShapeChanges = field(default=AS_KNOWN, compare=False)
