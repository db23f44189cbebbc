"""Where every organization stands, on the wire."""

from datetime import datetime, timedelta

from service.api.bodies.alerts import AlertItem, alert_item
from service.api.bodies.approvals import ApprovalItem, approval_item
from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    example,
    is_unlimited,
    limit_money,
    money_of,
    plain,
)
from service.api.bodies.checks import Trust
from service.api.bodies.drift import DriftBody, drift_body
from service.api.bodies.following import FollowingBody, following_body
from service.api.bodies.forecast import FORECAST, ForecastBody, forecast_body
from service.api.bodies.notifications import ChannelItem, channel_items
from service.api.bodies.tracking import HoldBody, hold_body
from service.domain.expected import why_none
from service.domain.past_read import HistoryProgress
from service.domain.policy_set import PolicySet
from service.domain.silence import Silence
from service.domain.status import OrganizationStatus, StatusState
from service.pipeline.respond_status import overview
from service.ports import Services


class HistoryBody(Body):
    """How many past months are known, of those that are wanted, since when.

    `complete` means that no more can be had; `reason` says why that is less than was
    wanted (`not_kept`: the provider answers for none so long ago), or why it is not
    complete yet.
    """

    model_config = example(
        months_read=9,
        months_wanted=12,
        oldest="2025-11",
        complete=True,
        reason="not_kept",
        detail="GET usage: 404: no such month",
    )

    months_read: int
    months_wanted: int
    oldest: str | None
    complete: bool
    reason: str | None
    detail: str


class OrganizationItem(Body):
    """How an organization stands, by its last check.

    While `data.state` is `unknown`, `spend` is the last good figure (null if there
    never was one) and `data_age_seconds` its age. `burn_rate` is per hour;
    `hours_left` counts to the limit at that rate, as a decimal string. `forecast` is
    that of the month's end, with `forecast_reason` where there is none.
    """

    model_config = example(
        name="acme",
        currency="EUR",
        state="alerting",
        data={"state": "known", "reason": None, "detail": ""},
        spend=EUR_292,
        spend_limit=EUR_4000,
        spend_limit_at="2026-08-20T12:00:00Z",
        unlimited=False,
        forecast=FORECAST,
        forecast_reason=None,
        headroom={"amount": "3707.20", "currency": "EUR"},
        burn_rate={"amount": "0.61", "currency": "EUR"},
        hours_left="6077.377049",
        exposure={"amount": "0.06", "currency": "EUR"},
        data_age_seconds=42,
        open_alerts=[],
        awaiting_approval=[],
        last_check_id="ck_9f8e7d6c5b4a39281706f5e4",
        last_check_at="2026-08-20T12:00:00Z",
        next_check_at="2026-08-20T12:05:00Z",
        circuit_open=False,
        override_until=None,
        raise_ends_at=None,
        drift=None,
        tracking_held=None,
        history={
            "months_read": 12,
            "months_wanted": 12,
            "oldest": "2025-08",
            "complete": True,
            "reason": None,
            "detail": "",
        },
    )

    name: str
    currency: str
    state: StatusState
    data: Trust
    spend: MoneyBody | None
    spend_limit: MoneyBody | None
    spend_limit_at: datetime | None
    unlimited: bool | None
    forecast: ForecastBody | None
    forecast_reason: str | None
    headroom: MoneyBody | None
    burn_rate: MoneyBody | None
    hours_left: str | None
    exposure: MoneyBody | None
    data_age_seconds: int | None
    open_alerts: list[AlertItem]
    awaiting_approval: list[ApprovalItem]
    last_check_id: str | None
    last_check_at: datetime | None
    next_check_at: datetime | None
    circuit_open: bool
    override_until: datetime | None
    raise_ends_at: datetime | None
    drift: DriftBody | None
    tracking_held: HoldBody | None
    history: HistoryBody


class PoliciesInForceBody(Body):
    """Which policies are in force and since when; `error` is why a newer set is not."""

    model_config = example(
        revision="6f1c0d",
        commit=None,
        author=None,
        loaded_at="2026-08-20T12:00:00Z",
        source="folder",
        error=None,
        following=None,
    )

    revision: str
    commit: str | None
    author: str | None
    loaded_at: datetime
    source: str
    error: str | None
    following: FollowingBody | None


class StatusBody(Body):
    """Every organization, the policies, whether automatic changes are paused.

    `active_silences` counts those; `muted_by` of an open alert names the one it is
    under.
    """

    model_config = example(
        organizations=[],
        policies={
            "revision": "6f1c0d",
            "commit": None,
            "author": None,
            "loaded_at": "2026-08-20T12:00:00Z",
            "source": "folder",
            "error": None,
            "following": None,
        },
        paused=False,
        active_silences=0,
        channels=[],
    )

    organizations: list[OrganizationItem]
    policies: PoliciesInForceBody
    paused: bool
    active_silences: int
    channels: list[ChannelItem]


def organization_item(
    status: OrganizationStatus, silences: tuple[Silence, ...] = ()
) -> OrganizationItem:
    """Give how an organization stands, its alerts with the silence that mutes them."""
    age = status.data_age
    return OrganizationItem(
        name=status.name,
        currency=status.currency,
        state=status.state,
        data=Trust(
            state=status.data_state,
            reason=status.data_reason,
            detail=status.data_detail,
        ),
        spend=money_of(status.spend or status.last_good_spend),
        spend_limit=limit_money(status.spend_limit),
        spend_limit_at=status.spend_limit_at,
        unlimited=is_unlimited(status.spend_limit),
        forecast=forecast_body(status.forecast, status.currency),
        forecast_reason=why_none(status.forecast),
        headroom=money_of(status.headroom),
        burn_rate=money_of(status.burn_rate),
        hours_left=None if status.hours_left is None else plain(status.hours_left),
        exposure=money_of(status.exposure),
        data_age_seconds=None if age is None else age // timedelta(seconds=1),
        open_alerts=[
            alert_item(alert, silences, status.awaiting) for alert in status.open_alerts
        ],
        awaiting_approval=[approval_item(each) for each in status.awaiting],
        last_check_id=status.last_check_id,
        last_check_at=status.last_check_at,
        next_check_at=status.next_check_at,
        circuit_open=status.is_circuit_open,
        override_until=status.override_until,
        tracking_held=hold_body(status.hold),
        raise_ends_at=status.raise_ends_at,
        drift=drift_body(status.drift),
        history=history_body(status.history),
    )


def history_body(known: HistoryProgress) -> HistoryBody:
    """Give how much of the past is known."""
    return HistoryBody(
        months_read=known.months_read,
        months_wanted=known.months_wanted,
        oldest=known.oldest,
        complete=known.is_complete,
        reason=known.reason,
        detail=known.detail,
    )


def status_body(services: Services) -> StatusBody:
    """Give how everything stands, by what checks kept."""
    found, policies = overview(services), services.policies
    silences = found.active_silences
    return StatusBody(
        organizations=[
            organization_item(each, silences) for each in found.organizations
        ],
        policies=_policies_in_force(services, policies.current()),
        paused=found.is_paused,
        active_silences=len(silences),
        channels=channel_items(policies.current().guard, found.proofs),
    )


def _policies_in_force(services: Services, policies: PolicySet) -> PoliciesInForceBody:
    following = services.policy_source.following()
    return PoliciesInForceBody(
        revision=policies.revision,
        commit=policies.commit,
        author=policies.author,
        loaded_at=policies.loaded_at,
        source=policies.source,
        error=services.policies.error(),
        following=following_body(following) if following else None,
    )
