"""Domain values for storage tests: keyword defaults, one fixed noon."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.domain.alert import Alert, AlertKey, AlertKind, AlertState
from service.domain.audit import AuditAction, Fact
from service.domain.check import Check, CheckOutcome, Outcome, ThresholdOutcome
from service.domain.expected import Expected, Forecast
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.money import Money
from service.domain.notification import Message, Notification, NotificationState
from service.domain.policy import Severity
from service.domain.usage import Figure, FigureState, SpendLimit

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LIMIT = SpendLimit(Money(Decimal(500), "EUR"))
FORECAST = Forecast(
    point=Decimal("431.07"),
    low=Decimal("402.55"),
    high=Decimal("466.90"),
    as_of=NOON,
    days=60,
)


def alert(  # noqa: PLR0913 - a builder: keywords with defaults
    *,
    organization: str = "acme",
    threshold_id: str = "half",
    policy_id: str = "acme-monthly",
    firing: int = 1,
    state: AlertState = AlertState.FIRING,
    fired_at: datetime | None = NOON,
    resolved_at: datetime | None = None,
    pending_at: datetime | None = None,
) -> Alert:
    return Alert(
        key=AlertKey(
            organization=organization,
            policy_id=policy_id,
            threshold_id=threshold_id,
            scope=organization,
            period="2026-08",
        ),
        firing=firing,
        kind=AlertKind.SPEND,
        severity=Severity.WARNING,
        state=state,
        value=Decimal("2500.01"),
        bound=Decimal(2500),
        unit="EUR",
        pending_at=pending_at,
        fired_at=fired_at,
        resolved_at=resolved_at,
    )


def check(  # noqa: PLR0913 - a builder: keywords with defaults
    number: int = 1,
    *,
    organization: str = "acme",
    at: datetime = NOON,
    spend: Decimal | None = Decimal("292.80"),
    limit: SpendLimit | None = LIMIT,
    outcomes: int = 1,
    forecast: Expected = None,
) -> Check:
    return Check(
        id=f"ck_{organization}_{number}",
        organization=organization,
        at=at,
        took_ms=12,
        outcome=CheckOutcome.COMPLETED,
        period="2026-08",
        currency="EUR",
        spend=Figure(state=FigureState.KNOWN, amount=spend, upper=spend, as_of=at),
        limit=limit,
        decisions=tuple(
            ThresholdOutcome(
                policy_id=f"policy-{index}",
                threshold_id="half",
                value=Decimal("292.80"),
                bound=Decimal(2500),
                unit="EUR",
                outcome=Outcome.BELOW,
                reason="292.80 EUR is below 2500.00 EUR",
            )
            for index in range(outcomes)
        ),
        change_id=None,
        alerts_fired=(),
        revision="a" * 64,
        forecast=forecast,
    )


def limit_change(
    change_id: str = "lc_1",
    *,
    organization: str = "acme",
    state: ChangeState = ChangeState.PLANNED,
    planned_at: datetime = NOON,
) -> LimitChange:
    return LimitChange(
        id=change_id,
        organization=organization,
        kind=ChangeKind.RAISE,
        state=state,
        before=LIMIT,
        after=SpendLimit(Money(Decimal(600), "EUR")),
        planned_at=planned_at,
        requested_by="system:check",
        period="2026-08",
    )


def notification(
    notification_id: str = "nt_1",
    *,
    channel: str = "finops",
    state: NotificationState = NotificationState.PENDING,
    next_attempt_at: datetime = NOON,
    claimed_at: datetime | None = None,
) -> Notification:
    return Notification(
        id=notification_id,
        channel=channel,
        organization="acme",
        message=Message(
            organization="acme",
            at=NOON,
            period="2026-08",
            severity=Severity.WARNING,
            events=(),
        ),
        state=state,
        created_at=NOON,
        next_attempt_at=next_attempt_at,
        claimed_at=claimed_at,
    )


def fact(number: int = 1, *, chain: str = "acme", reason: str = "") -> Fact:
    return Fact(
        chain=chain,
        at=NOON + number * MINUTE,
        actor="system:check",
        action=AuditAction.CHECK_COMPLETED,
        target=f"organization:{chain}",
        outcome="completed",
        reason=reason,
        detail={"number": number, "spend": "292.80"},
    )
