"""The spend limit in force on the wire, with what bounds it."""

from datetime import datetime

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    example,
    is_unlimited,
    limit_money,
    money,
)
from service.api.bodies.tracking import HoldBody, hold_body
from service.domain.briefing import headroom
from service.domain.guard import Organization
from service.domain.state import OrganizationState
from service.pipeline.limits import ceiling_of
from service.ports import Services


class OverrideBody(Body):
    """A limit a person chose: nothing automatic moves it until then."""

    spend_limit: MoneyBody | None
    unlimited: bool
    by: str
    set_at: datetime
    until: datetime


class SpendLimitBody(Body):
    """The spend limit as the provider tells it now, and what bounds it here.

    `spend_limit` is null when there is none (`unlimited`) or it was not told
    (`unlimited` is null).
    """

    model_config = example(
        organization="acme",
        spend_limit=EUR_4000,
        unlimited=False,
        spend=EUR_292,
        headroom={"amount": "3707.20", "currency": "EUR"},
        limit_reached=False,
        observed_at="2026-08-20T12:00:00Z",
        ceiling={"amount": "8000.00", "currency": "EUR"},
        floor={"amount": "200.00", "currency": "EUR"},
        override=None,
        circuit_open=False,
        tracking_held=None,
        paused=False,
    )

    organization: str
    spend_limit: MoneyBody | None
    unlimited: bool | None
    spend: MoneyBody | None
    headroom: MoneyBody | None
    limit_reached: bool
    observed_at: datetime
    ceiling: MoneyBody | None
    floor: MoneyBody | None
    override: OverrideBody | None
    circuit_open: bool
    tracking_held: HoldBody | None
    paused: bool


def spend_limit_body(services: Services, organization: Organization) -> SpendLimitBody:
    """Ask the provider, and give the limit with what is kept about it here.

    Raises `ProviderError`.
    """
    reading = services.admin_api(organization.name).spend_limit()
    states = services.queries.organization_states()
    named = (each for each in states if each.organization == organization.name)
    state = next(named, None)
    left = headroom(reading.total, reading.limit)
    return SpendLimitBody(
        organization=organization.name,
        spend_limit=limit_money(reading.limit),
        unlimited=is_unlimited(reading.limit),
        spend=money(reading.total, reading.currency),
        headroom=money(left, reading.currency),
        limit_reached=reading.is_reached,
        observed_at=services.clock.now(),
        ceiling=money(ceiling_of(services, organization), organization.currency),
        floor=money(organization.guardrails.min_limit, organization.currency),
        override=_override(state),
        circuit_open=state is not None and state.is_circuit_open,
        tracking_held=None if state is None else hold_body(state.track.hold),
        paused=services.queries.is_paused(),
    )


def _override(state: OrganizationState | None) -> OverrideBody | None:
    if state is None or state.override is None:
        return None
    override = state.override
    return OverrideBody(
        spend_limit=limit_money(override.limit),
        unlimited=override.limit.is_unlimited,
        by=override.by,
        set_at=override.set_at,
        until=override.until,
    )
