"""Requests for approval on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    Sent,
    example,
    is_unlimited,
    limit_money,
    money_of,
    plain,
)
from service.api.bodies.forecast import FORECAST, ForecastBody, forecast_body
from service.api.bodies.limits import WholeUnits
from service.domain.approval import Approval, ApprovalState
from service.domain.approval_telling import unanswered
from service.domain.effect import OnExpiry
from service.domain.expected import why_none
from service.domain.limit_change import ChangeKind
from service.domain.notification import Figures
from service.domain.policy import Severity

_CONTEXT = {
    "data": "known",
    "as_of": "2026-08-20T12:00:00Z",
    "spend": EUR_292,
    "spend_limit": EUR_4000,
    "unlimited": False,
    "forecast": FORECAST,
    "forecast_reason": None,
    "headroom": {"amount": "3707.20", "currency": "EUR"},
    "burn_rate": {"amount": "0.61", "currency": "EUR"},
    "hours_left": "6077.377049",
    "exposure": {"amount": "0.06", "currency": "EUR"},
    "if_unanswered": "if nobody answers by 2026-08-20 14:00 UTC, it is not done",
}


class ApprovalContext(Body):
    """What the answer rests on: the figures of the moment it was asked."""

    model_config = example(**_CONTEXT)

    data: str | None
    as_of: datetime | None
    spend: MoneyBody | None
    spend_limit: MoneyBody | None
    unlimited: bool | None
    forecast: ForecastBody | None
    forecast_reason: str | None
    headroom: MoneyBody | None
    burn_rate: MoneyBody | None
    hours_left: str | None
    exposure: MoneyBody | None
    if_unanswered: str


class ApprovalItem(Body):
    """One request to carry out a limit change, and what became of it.

    `reason` is why the threshold fired, or a person's own words; `ended_reason` why
    nothing was left to approve. `limit_change_id` is the newest try to carry it out.
    """

    model_config = example(
        id="ap_7d6c5b4a3928170f5e4d3c2b",
        organization="acme",
        state="pending",
        kind="cap",
        severity="critical",
        **{"from": {"amount": "6000.00", "currency": "EUR"}, "to": EUR_4000},
        from_unlimited=False,
        reason="spend 4012.00 is at or above 4000.00 EUR",
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id="al_5b6f1c0d9e8f7a6b5c4d3e2f",
        limit_change_id="lc_0a1b2c3d4e5f60718293a4b5",
        requested_by="system:scheduler",
        requested_at="2026-08-20T12:00:00Z",
        expires_at="2026-08-20T14:00:00Z",
        on_expiry="deny",
        override_until=None,
        reminded_at=None,
        decided_by=None,
        decided_at=None,
        note="",
        ended_at=None,
        ended_reason="",
        context=_CONTEXT,
    )

    id: str
    organization: str
    state: ApprovalState
    kind: ChangeKind
    severity: Severity
    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool | None
    to: MoneyBody | None
    reason: str
    policy_id: str | None
    threshold_id: str | None
    alert_id: str | None
    limit_change_id: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    on_expiry: OnExpiry
    override_until: datetime | None
    reminded_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    note: str
    ended_at: datetime | None
    ended_reason: str
    context: ApprovalContext


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class DecideApproval(Sent):
    """Why, in the decider's own words; goes into the audit log and the message."""

    model_config = example(note="the load test ends at six")

    note: Note = ""


class RequestIncrease(Sent):
    """A higher limit, in whole units of the organization's currency, and why.

    `expires_at` is until when policies are to keep off it.
    """

    model_config = example(
        organization="acme",
        amount=5000,
        reason="launch week",
        expires_at="2026-08-27T00:00:00Z",
    )

    organization: str | None = None
    amount: WholeUnits
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
    ]
    expires_at: AwareDatetime | None = None


def approval_item(approval: Approval) -> ApprovalItem:
    """Give a request for approval as it goes over the wire."""
    return ApprovalItem(
        id=approval.id,
        organization=approval.organization,
        state=approval.state,
        kind=approval.kind,
        severity=approval.severity,
        from_=limit_money(approval.before),
        from_unlimited=is_unlimited(approval.before),
        to=limit_money(approval.after),
        reason=approval.reason,
        policy_id=approval.policy_id,
        threshold_id=approval.threshold_id,
        alert_id=approval.alert_id,
        limit_change_id=approval.change_id,
        requested_by=approval.requested_by,
        requested_at=approval.requested_at,
        expires_at=approval.expires_at,
        on_expiry=approval.on_expiry,
        override_until=approval.override_until,
        reminded_at=approval.reminded_at,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
        note=approval.note,
        ended_at=approval.ended_at,
        ended_reason=approval.ended_reason,
        context=_context(approval, approval.figures or Figures(state="unknown")),
    )


def _context(approval: Approval, figures: Figures) -> ApprovalContext:
    hours, spend, expected = figures.hours_left, figures.spend, figures.forecast
    return ApprovalContext(
        data=figures.state,
        as_of=figures.as_of,
        spend=money_of(figures.spend),
        spend_limit=limit_money(approval.before),
        unlimited=is_unlimited(approval.before),
        forecast=None if spend is None else forecast_body(expected, spend.currency),
        forecast_reason=why_none(expected),
        headroom=money_of(figures.headroom),
        burn_rate=money_of(figures.burn_rate),
        hours_left=None if hours is None else plain(hours),
        exposure=money_of(figures.exposure),
        if_unanswered=unanswered(approval),
    )
