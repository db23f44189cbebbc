"""Alerts: one crossing of a threshold, from pending to resolved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from service.domain.identity import stable_id
from service.domain.notification import EventKind
from service.domain.policy import Severity


class AlertKind(StrEnum):
    """What an alert is about: the watch of a threshold, or the guard's own health."""

    SPEND = "spend"
    LIMIT = "limit"
    PACE = "pace"
    USAGE = "usage"
    ACTIVITY = "activity"
    FORECAST = "forecast"
    DATA_UNKNOWN = "data_unknown"
    PRICE_MISSING = "price_missing"
    SPEND_MISMATCH = "spend_mismatch"
    LIMIT_CHANGED_OUTSIDE = "limit_changed_outside"
    LIMIT_REACHED = "limit_reached"
    PAYMENT_FAILED = "payment_failed"
    RATE_LIMIT_CHANGED = "rate_limit_changed"
    POLICY_LOAD_FAILED = "policy_load_failed"
    DELIVERY_FAILED = "delivery_failed"
    API_DRIFT = "api_drift"
    TRACKING_HELD = "tracking_held"
    LIMIT_CHANGE_UNKNOWN = "limit_change_unknown"
    LIMIT_CHANGE_FAILED = "limit_change_failed"


class AlertState(StrEnum):
    """`idle → pending → firing → resolved`; an idle one has never been told."""

    IDLE = "idle"  # was pending, fell back before its time
    PENDING = "pending"  # crossed, held for less than `for:`
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AlertKey:
    """What makes two crossings the same, but for the firing number.

    A health alert has its kind as `threshold_id` and no policy; its `period` is empty,
    for it lasts as long as its cause.
    """

    organization: str
    policy_id: str
    threshold_id: str
    scope: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One firing of a threshold for a scope and period.

    `value` and `bound` are in `unit`: a currency, `%`, an event type or a metric.
    `held` is how long the crossing has been seen (`for:` counts only time with known
    figures).
    `effect_done` says that the limit change this firing asked for was carried out;
    `skips` are the reasons for which it was already recorded as skipped. `muted_kind`
    is the news that the silence `muted_by` withheld and that is still to be told.
    """

    key: AlertKey
    firing: int
    kind: AlertKind
    severity: Severity
    state: AlertState
    value: Decimal | None
    bound: Decimal | None
    unit: str
    pending_at: datetime | None = None
    last_true_at: datetime | None = None
    held: timedelta = timedelta(0)
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    reason: str = ""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    last_told_at: datetime | None = None
    effect_done: bool = False
    skips: tuple[str, ...] = ()
    muted_by: str | None = None
    muted_kind: EventKind | None = None

    @property
    def id(self) -> str:
        """Give the id that follows from the identity, the same on every replay."""
        key = self.key
        return stable_id(
            "al",
            key.organization,
            key.policy_id,
            key.threshold_id,
            key.scope,
            key.period,
            self.firing,
        )

    @property
    def is_health(self) -> bool:
        """Say whether this is about the guard itself and not about a policy."""
        return not self.key.policy_id

    @property
    def is_open(self) -> bool:
        """Say whether it is firing."""
        return self.state is AlertState.FIRING


# The organization name under which alerts about the guard itself are filed.
SYSTEM = "system"


def health_key(organization: str, kind: AlertKind, subject: str = "") -> AlertKey:
    """Give the identity of a health alert; `subject` tells two of one kind apart."""
    return AlertKey(
        organization=organization,
        policy_id="",
        threshold_id=kind.value,
        scope=subject,
        period="",
    )
