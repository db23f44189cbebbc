"""Read and set the spend limit, and read its changes."""

from decimal import Decimal
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import (
    Listing,
    answer,
    given,
    is_unlimited,
    limit_money,
    money,
)
from service.api.bodies.limits import (
    LimitChangeItem,
    OverrideBody,
    SetSpendLimit,
    SpendLimitBody,
    limit_change_item,
)
from service.api.context import (
    OPERATOR,
    VIEWER,
    Caller,
    OrganizationName,
    Paging,
    Ports,
    actor_of,
    chosen,
    known,
)
from service.api.problems import documented
from service.domain.access import Role
from service.domain.guard import Organization
from service.domain.money import Money
from service.domain.period import require_utc
from service.domain.state import OrganizationState
from service.domain.usage import LimitReading, SpendLimit
from service.pipeline.limits import LimitRequest, ceiling_of, set_limit
from service.ports import Services

router = APIRouter(tags=["limits"])


@router.get(
    "/spend-limit",
    summary="Read the spend limit",
    dependencies=VIEWER,
    responses={
        **given(SpendLimitBody, "The limit as the provider tells it now."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY),
    },
)
def read_spend_limit(
    services: Ports, organization: OrganizationName = None
) -> Response:
    """Ask the provider; `GET /status` has what the last check saw, with its age."""
    wanted = chosen(services.policies.current(), organization)
    reading = services.admin_api(wanted.name).spend_limit()
    states = services.queries.organization_states()
    state = next((each for each in states if each.organization == wanted.name), None)
    return answer(_limit_body(services, wanted, reading, state))


def _limit_body(
    services: Services,
    organization: Organization,
    reading: LimitReading,
    state: OrganizationState | None,
) -> SpendLimitBody:
    currency = reading.currency
    amount = None if reading.limit is None else reading.limit.amount
    headroom = None
    if amount is not None and reading.total is not None:
        headroom = amount.amount - reading.total
    return SpendLimitBody(
        organization=organization.name,
        spend_limit=limit_money(reading.limit),
        unlimited=is_unlimited(reading.limit),
        spend=money(reading.total, currency),
        headroom=money(headroom, currency),
        limit_reached=reading.is_reached,
        observed_at=services.clock.now(),
        ceiling=money(ceiling_of(services, organization), organization.currency),
        floor=money(organization.guardrails.min_limit, organization.currency),
        override=_override(state),
        circuit_open=state is not None and state.is_circuit_open,
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


@router.put(
    "/spend-limit",
    summary="Set the spend limit",
    dependencies=OPERATOR,
    responses={
        **given(LimitChangeItem, "The change and what came of it: see `state`."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY),
    },
)
def set_spend_limit(
    services: Ports,
    caller: Caller,
    wanted: SetSpendLimit,
    organization: OrganizationName = None,
) -> Response:
    """Set it the guarded way: intent, write, read back; an override until it expires.

    An operator's key may lower, raising takes an admin's. Above `max_limit` or
    `SPENDGUARD_MAX_LIMIT`, and for `unlimited` where either is set, the answer is 409
    `above_ceiling`. The answer is 200 whatever the provider did: `state` says
    `applied`, `failed` or `unknown`.
    """
    about = chosen(services.policies.current(), organization)
    amount = wanted.amount
    limit = SpendLimit(
        None if amount is None else Money(Decimal(amount), about.currency)
    )
    expires_at = wanted.expires_at
    request = LimitRequest(
        organization=about.name,
        wanted=limit,
        note=wanted.reason,
        actor=actor_of(caller),
        expires_at=None if expires_at is None else require_utc(expires_at),
        may_raise=caller.role.allows(Role.ADMIN),
    )
    return answer(limit_change_item(set_limit(services, request)))


@router.get(
    "/limit-changes",
    summary="List limit changes",
    dependencies=VIEWER,
    responses={
        **given(Listing[LimitChangeItem], "Limit changes, skipped ones too."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def list_limit_changes(
    services: Ports, page: Paging, organization: OrganizationName = None
) -> Response:
    """Every intended write to the provider, newest first, with its outcome."""
    found = services.queries.limit_changes(known(services, organization), page)
    return answer(
        Listing[LimitChangeItem](
            items=[limit_change_item(change) for change in found.items],
            next_cursor=found.next_cursor,
        )
    )
