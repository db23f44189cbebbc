"""Checks on the wire, with the decisions and their reasons."""

from datetime import datetime

from pydantic import StrictBool

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    Quantity,
    Sent,
    example,
    is_unlimited,
    limit_money,
    money,
    quantity,
)
from service.api.bodies.forecast import FORECAST, ForecastBody, forecast_body
from service.api.bodies.limits import LimitChangeItem, limit_change_item
from service.domain.check import Check, CheckOutcome, Outcome, ThresholdOutcome
from service.domain.expected import why_none
from service.domain.limit_change import LimitChange
from service.domain.usage import Figure, FigureState
from service.ports import Services


class Trust(Body):
    """How far a figure can be trusted, and why no further."""

    model_config = example(state="known", reason=None, detail="")

    state: FigureState
    reason: str | None
    detail: str


class Decision(Body):
    """What one threshold came to, and why."""

    model_config = example(
        policy_id="acme-monthly",
        threshold_id="half",
        value={**EUR_292, "unit": "EUR"},
        bound={"amount": "250.00", "unit": "EUR", "currency": "EUR"},
        outcome="fired",
        reason="spend reached 50% of the budget",
    )

    policy_id: str
    threshold_id: str
    value: Quantity | None
    bound: Quantity | None
    outcome: Outcome
    reason: str


class CheckItem(Body):
    """One check: what it saw, decided and did.

    `forecast` is that of the month's end, with `forecast_reason` where there is none.
    A dry run decides all the same, but is not kept and changes nothing.
    """

    model_config = example(
        id="ck_9f8e7d6c5b4a39281706f5e4",
        organization="acme",
        at="2026-08-20T12:00:00Z",
        took_ms=48,
        outcome="completed",
        period="2026-08",
        spend=EUR_292,
        data={"state": "known", "reason": None, "detail": ""},
        spend_limit=EUR_4000,
        unlimited=False,
        burn_rate={"amount": "0.61", "currency": "EUR"},
        forecast=FORECAST,
        forecast_reason=None,
        decisions=[],
        limit_change=None,
        alerts_fired=["al_5b6f1c0d9e8f7a6b5c4d3e2f"],
        revision="6f1c0d",
        dry_run=False,
    )

    id: str
    organization: str
    at: datetime
    took_ms: int
    outcome: CheckOutcome
    period: str
    spend: MoneyBody | None
    data: Trust
    spend_limit: MoneyBody | None
    unlimited: bool | None
    burn_rate: MoneyBody | None
    forecast: ForecastBody | None
    forecast_reason: str | None
    decisions: list[Decision]
    limit_change: LimitChangeItem | None
    alerts_fired: list[str]
    revision: str | None
    dry_run: bool


class RunChecks(Sent):
    """Which organization to check (all of them when left out), and whether to act."""

    model_config = example(organization="acme", dry_run=False)

    organization: str | None = None
    dry_run: StrictBool = False


def trust(figure: Figure) -> Trust:
    """Give the trust in a figure."""
    return Trust(state=figure.state, reason=figure.reason, detail=figure.detail)


def decision(outcome: ThresholdOutcome) -> Decision:
    """Give what a threshold came to."""
    return Decision(
        policy_id=outcome.policy_id,
        threshold_id=outcome.threshold_id,
        value=quantity(outcome.value, outcome.unit),
        bound=quantity(outcome.bound, outcome.unit),
        outcome=outcome.outcome,
        reason=outcome.reason,
    )


def check_item(check: Check, change: LimitChange | None) -> CheckItem:
    """Give a check, with the limit change it made."""
    return CheckItem(
        id=check.id,
        organization=check.organization,
        at=check.at,
        took_ms=check.took_ms,
        outcome=check.outcome,
        period=check.period,
        spend=money(check.spend.amount, check.currency),
        data=trust(check.spend),
        spend_limit=limit_money(check.limit),
        unlimited=is_unlimited(check.limit),
        burn_rate=money(check.burn_rate, check.currency),
        forecast=forecast_body(check.forecast, check.currency),
        forecast_reason=why_none(check.forecast),
        decisions=[decision(each) for each in check.decisions],
        limit_change=None if change is None else limit_change_item(change),
        alerts_fired=list(check.alerts_fired),
        revision=check.revision,
        dry_run=check.is_dry_run,
    )


def with_change(services: Services, check: Check) -> CheckItem:
    """Give a kept check, with the limit change it made looked up."""
    if check.change_id is None:
        return check_item(check, None)
    return check_item(check, services.queries.limit_change(check.change_id))
