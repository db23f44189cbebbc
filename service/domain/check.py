"""A check: one run of the pipeline for one organization, as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from service.domain.expected import Expected
from service.domain.usage import Figure, SpendLimit


class Outcome(StrEnum):
    """What evaluating one threshold came to."""

    BELOW = "below"
    PENDING = "pending"  # crossed, held for less than `for:`
    FIRED = "fired"  # crossed at this check
    FIRING = "firing"  # crossed before
    RESOLVED = "resolved"
    UNKNOWN = "unknown"  # no figure: nothing starts, nothing ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdOutcome:
    """What one threshold came to in one check, and why.

    `value` and `bound` are in `unit`: a currency, `%` or an event type.
    """

    policy_id: str
    threshold_id: str
    value: Decimal | None
    bound: Decimal | None
    unit: str
    outcome: Outcome
    reason: str


class CheckOutcome(StrEnum):
    """How a check ended."""

    COMPLETED = "completed"
    UNKNOWN = "unknown"  # the spend could not be told; nothing was decided on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check as it is kept; amounts in `currency`.

    `spend` carries its trust; `limit` is None where it was unreadable. A dry run is
    never kept. `forecast` is the organization's at the month's end, or why there is
    none.
    """

    id: str
    organization: str
    at: datetime
    took_ms: int
    outcome: CheckOutcome
    period: str
    currency: str
    spend: Figure
    limit: SpendLimit | None
    decisions: tuple[ThresholdOutcome, ...]
    change_id: str | None
    alerts_fired: tuple[str, ...]
    revision: str | None
    burn_rate: Decimal | None = None
    is_dry_run: bool = False
    forecast: Expected = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """Usage and spend of one day, category and model; a stored month is many.

    `cost` is None where something used has no price.
    """

    day: str | None
    category: str
    model: str
    units: int
    paid_units: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageMonth:
    """A month of usage lines as last read; `workspace` is empty for all of them."""

    organization: str
    workspace: str
    period: str
    currency: str
    captured_at: datetime
    lines: tuple[UsageLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One point of the series: spend and limit as a check saw them.

    `forecast` is the spend expected at the month's end, None where there was none.
    """

    at: datetime
    spend: Decimal | None
    limit: SpendLimit | None
    forecast: Decimal | None = None
