"""What a policy set would have done over the past, on the wire."""

from datetime import date, datetime

from pydantic import Field

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    Quantity,
    example,
    is_unlimited,
    limit_money,
    money,
    quantity,
)
from service.domain.alert import AlertKind
from service.domain.backtest import (
    AlertEdge,
    Backtest,
    BacktestDay,
    ChangeEdge,
    Edge,
    Grain,
    OrganizationBacktest,
    ToldMessage,
)
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.policy import Severity

_AT = "2026-08-20T12:00:00Z"
_FIRED = {
    "at": _AT,
    "edge": "fired",
    "policy_id": "acme-monthly",
    "threshold_id": "half",
    "kind": "spend",
    "severity": "info",
    "scope": "acme",
    "period": "2026-08",
    "value": {"amount": "2504.10", "unit": "EUR", "currency": "EUR"},
    "bound": {"amount": "2500.00", "unit": "EUR", "currency": "EUR"},
    "reason": "spend 2504.10 is at or above 2500.00 EUR",
}
_MESSAGE = {
    "at": _AT,
    "channel": "finops",
    "severity": "info",
    "events": ["fired acme-monthly/half"],
}
_CHANGE = {
    "at": _AT,
    "kind": "raise",
    "state": "applied",
    "from": {"amount": "4000.00", "currency": "EUR"},
    "from_unlimited": False,
    "to": {"amount": "4500.00", "currency": "EUR"},
    "unlimited": False,
    "policy_id": "acme-monthly",
    "threshold_id": "near-limit",
    "reason": "",
}
_DAY = {
    "date": "2026-08-20",
    "grain": "exact",
    "spend": EUR_292,
    "spend_limit": EUR_4000,
    "unlimited": False,
    "alerts": [_FIRED],
    "messages": [_MESSAGE],
    "limit_changes": [_CHANGE],
}
_TOTALS = {
    "alerts_fired": 1,
    "alerts_resolved": 0,
    "messages": {"finops": 1},
    "limit_changes": {"applied": 1},
}
_ACME = {
    "name": "acme",
    "exact_since": _AT,
    "observations": 288,
    "totals": _TOTALS,
    "days": [_DAY],
    "notes": [],
}


class PastAlertItem(Body):
    """An alert that would have fired, been reminded of or resolved."""

    model_config = example(**_FIRED)

    at: datetime
    edge: Edge
    policy_id: str | None
    threshold_id: str | None
    kind: AlertKind
    severity: Severity
    scope: str
    period: str
    value: Quantity | None
    bound: Quantity | None
    reason: str


class PastMessageItem(Body):
    """A message that a channel would have been told; `events` in a few words each."""

    model_config = example(**_MESSAGE)

    at: datetime
    channel: str
    severity: Severity
    events: list[str]


class PastLimitItem(Body):
    """A limit change that would have been made, asked about or left out."""

    model_config = example(**_CHANGE)

    at: datetime
    kind: ChangeKind
    state: ChangeState
    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool | None
    to: MoneyBody | None
    unlimited: bool | None
    policy_id: str | None
    threshold_id: str | None
    reason: str


class PastDayItem(Body):
    """A UTC day: where spend and limit stood at its end, and all that happened."""

    model_config = example(**_DAY)

    date: date
    grain: Grain
    spend: MoneyBody | None
    spend_limit: MoneyBody | None
    unlimited: bool | None
    alerts: list[PastAlertItem]
    messages: list[PastMessageItem]
    limit_changes: list[PastLimitItem]


class PastTotals(Body):
    """How much there was; messages by channel, limit changes by their state."""

    model_config = example(**_TOTALS)

    alerts_fired: int
    alerts_resolved: int
    messages: dict[str, int]
    limit_changes: dict[str, int]


class OrganizationBacktestItem(Body):
    """The past of one organization; its days are oldest first.

    `exact_since` is null where only the provider's days are known. `notes` say what
    could not be replayed and what was taken for granted.
    """

    model_config = example(**_ACME)

    name: str
    exact_since: datetime | None
    observations: int
    totals: PastTotals
    days: list[PastDayItem]
    notes: list[str]


class BacktestBody(Body):
    """What a policy set would have done over the past; `revision` is the set's."""

    model_config = example(revision="c0ffee", organizations=[_ACME])

    revision: str
    organizations: list[OrganizationBacktestItem]


def backtest_body(backtest: Backtest) -> BacktestBody:
    """Give a backtest as it goes out."""
    return BacktestBody(
        revision=backtest.revision,
        organizations=[_organization(each) for each in backtest.organizations],
    )


def _organization(past: OrganizationBacktest) -> OrganizationBacktestItem:
    totals = past.totals
    return OrganizationBacktestItem(
        name=past.organization,
        exact_since=past.exact_since,
        observations=past.observations,
        totals=PastTotals(
            alerts_fired=totals.fired,
            alerts_resolved=totals.resolved,
            messages=dict(sorted(totals.messages.items())),
            limit_changes=dict(sorted(totals.changes.items())),
        ),
        days=[_day(each, past.currency) for each in past.days],
        notes=list(past.notes),
    )


def _day(day: BacktestDay, currency: str) -> PastDayItem:
    return PastDayItem(
        date=day.day,
        grain=day.grain,
        spend=money(day.spend, currency),
        spend_limit=limit_money(day.limit),
        unlimited=is_unlimited(day.limit),
        alerts=[_alert(each) for each in day.alerts],
        messages=[_message(each) for each in day.messages],
        limit_changes=[_change(each) for each in day.changes],
    )


def _alert(edge: AlertEdge) -> PastAlertItem:
    alert = edge.alert
    return PastAlertItem(
        at=edge.at,
        edge=edge.edge,
        policy_id=alert.key.policy_id or None,
        threshold_id=None if alert.is_health else alert.key.threshold_id,
        kind=alert.kind,
        severity=alert.severity,
        scope=alert.key.scope,
        period=alert.key.period,
        value=quantity(alert.value, alert.unit),
        bound=quantity(alert.bound, alert.unit),
        reason=alert.reason,
    )


def _message(message: ToldMessage) -> PastMessageItem:
    return PastMessageItem(
        at=message.at,
        channel=message.channel,
        severity=message.severity,
        events=[
            f"{each.kind.value.replace('_', ' ')} {each.policy_id}/{each.threshold_id}"
            if each.policy_id and each.threshold_id
            else f"{each.kind.value.replace('_', ' ')} {each.alert_kind}".strip()
            for each in message.events
        ],
    )


def _change(edge: ChangeEdge) -> PastLimitItem:
    change = edge.change
    return PastLimitItem(
        at=edge.at,
        kind=change.kind,
        state=change.state,
        from_=limit_money(change.before),
        from_unlimited=is_unlimited(change.before),
        to=limit_money(change.after),
        unlimited=is_unlimited(change.after),
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        reason=change.reason,
    )
