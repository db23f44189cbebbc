"""What the provider reported: usage rows, prices and the spend limit it observes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from typing_extensions import override

from service.domain.activity import ActivityKey, Count
from service.domain.analytics import ProviderAuditEntry, RateLimit
from service.domain.money import Money
from service.domain.period import BillingPeriod
from service.domain.shape import AS_KNOWN, ShapeChanges, together


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Units consumed of one billed model in one UTC day.

    `units` is all that was consumed, `paid_units` what is billed (less the allowance
    included in a plan). `day` is None on the odd row that names none: it counts in
    the month, in no week and no day.
    """

    category: str
    model: str  # display name
    billing_metric: str
    billing_group: str
    event_type: str | None
    api_zone: str | None
    service_tier: str | None
    day: date | None
    units: int
    paid_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one unit (one token, one page, one second)."""

    event_type: str | None
    billing_metric: str
    billing_group: str
    api_zone: str | None
    service_tier: str | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """One answer of `GET /usage`: a month of rows and the price list.

    `legacy_vibe` is the amount of money older answers give for Vibe instead of rows;
    None when the answer has rows for it, which then count alone. `unknown_categories`
    are top-level names with rows that this program does not know,
    `missing_categories` those that answers always had and this one lacks.
    """

    period: BillingPeriod
    currency: str | None
    rows: tuple[UsageRow, ...]
    prices: tuple[Price, ...]
    legacy_vibe: Decimal | None = None
    unknown_categories: tuple[str, ...] = ()
    missing_categories: tuple[str, ...] = ()
    shape_changes: ShapeChanges = AS_KNOWN


@dataclass(frozen=True, slots=True)
class SpendLimit:
    """The provider's hard stop; `amount` is None when, and only when, unlimited."""

    amount: Money | None

    @property
    def is_unlimited(self) -> bool:
        """Say whether nothing stops the spend."""
        return self.amount is None

    @override
    def __str__(self) -> str:
        """`500.00 EUR` or `unlimited`."""
        return "unlimited" if self.amount is None else str(self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReading:
    """One answer of `GET /spend-limit`.

    `limit` is None when the answer does not say it, which is neither zero nor
    unlimited; `total` is the month-to-date spend the provider counts against the
    limit (API and Vibe), None when it does not say.
    """

    currency: str
    limit: SpendLimit | None
    is_reached: bool
    total: Decimal | None
    payment_failed: bool = False
    shape_changes: ShapeChanges = AS_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace of the organization; its own limit can be read, not set.

    How the list's answers differ in shape is said by the first one of the list.
    """

    uuid: str
    name: str
    is_default: bool = False
    is_archived: bool = False
    limit: SpendLimit | None = None
    shape_changes: ShapeChanges = field(default=AS_KNOWN, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reading that could not be had: why, as a reason word and a sentence.

    `is_drift` says that the provider did answer, and otherwise than was agreed: a path
    or a field has moved.
    """

    reason: str
    detail: str
    is_drift: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How much somebody did, most first; nobody at all is a verified zero.

    `lacking` says why some of those that count could not be read, None where all were.
    """

    counts: tuple[Count, ...]
    lacking: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSnapshot:
    """All that one check read of one organization, at `captured_at`.

    `usage_by_workspace` is keyed by the workspace as the policies write it (name or
    uuid); `previous` is last month's report, read only when something needs it.
    `rate_limit` is read once an hour;
    `limit_log` is what the provider's audit log says of its limit, read only when
    somebody else has moved it; `activity` is what thresholds on activity ask for.
    """

    organization: str
    captured_at: datetime
    limit: LimitReading | Failure
    usage: UsageReport | Failure
    usage_by_workspace: Mapping[str, UsageReport | Failure] = field(
        default_factory=dict
    )
    previous: UsageReport | Failure | None = None
    previous_by_workspace: Mapping[str, UsageReport | Failure] = field(
        default_factory=dict
    )
    rate_limit: RateLimit | Failure | None = None
    limit_log: tuple[ProviderAuditEntry, ...] | Failure | None = None
    activity: Mapping[ActivityKey, Activity | Failure] = field(default_factory=dict)

    @property
    def shape_changes(self) -> ShapeChanges:
        """Give how all that was read differs in shape from what is known."""
        log = () if isinstance(self.limit_log, Failure) else self.limit_log or ()
        read = (
            self.limit,
            self.usage,
            *self.usage_by_workspace.values(),
            self.previous,
            *self.previous_by_workspace.values(),
            self.rate_limit,
            *log,
        )
        return together(
            each.shape_changes
            for each in read
            if each is not None and not isinstance(each, Failure)
        )


class FigureState(StrEnum):
    """How far a figure can be trusted, best first; the worst of its parts applies."""

    KNOWN = "known"
    MISMATCH = "mismatch"  # the two sources differ by more than was allowed
    INCOMPLETE = "incomplete"  # something used has no price, or one source is missing
    UNKNOWN = "unknown"  # no figure at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A spend figure with its trust, in the organization's currency.

    `amount` is what counts for a person (None when unknown); `upper` is the largest
    it may be, which alerts use and which never moves a limit. `reason` is one word,
    `detail` a sentence; `as_of` is when the provider said it.
    """

    state: FigureState
    amount: Decimal | None
    upper: Decimal | None
    reason: str | None = None
    detail: str = ""
    as_of: datetime | None = None
    # Only one of two sources answered: may fire an alert, may not resolve one.
    is_one_sided: bool = False

    @property
    def is_good(self) -> bool:
        """Say whether there is a figure that all its sources stand for."""
        return self.state is not FigureState.UNKNOWN and not self.is_one_sided
