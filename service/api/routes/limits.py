"""Read and set the spend limit, and read its changes."""

from decimal import Decimal
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given, listing
from service.api.bodies.limits import (
    LimitChangeItem,
    SetSpendLimit,
    limit_change_item,
)
from service.api.bodies.spend_limit import SpendLimitBody, spend_limit_body
from service.api.bodies.tracking import ReleasedBody, released_body
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
from service.domain.money import Money
from service.domain.period import require_utc
from service.domain.usage import SpendLimit
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.release import release_tracking

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
    return answer(spend_limit_body(services, wanted))


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
    `above_ceiling`; below the spend, which stops production at once, it is 409
    `below_spend` until the body says `below_spend: true`. Else the answer is 200,
    whatever the provider did: `state` says `applied`, `failed` or `unknown`.
    `expires_at` ends the override alone: the limit stays where it was set.
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
        below_spend=wanted.below_spend,
    )
    return answer(limit_change_item(set_limit(services, request)))


@router.post(
    "/spend-limit/release",
    summary="Release a limit that holds",
    dependencies=OPERATOR,
    responses={
        **given(ReleasedBody, "Released: the next check moves the limit."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def release_spend_limit(
    services: Ports, caller: Caller, organization: OrganizationName = None
) -> Response:
    """Say that the spend is healthy, so that the limit follows it again.

    For a day what was seen while it held counts as usual. 409 where nothing is held.
    Takes no body.
    """
    about = chosen(services.policies.current(), organization)
    actor = actor_of(caller)
    released = release_tracking(services, actor=actor, organization=about.name)
    return answer(released_body(released))


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
    return listing(found, limit_change_item)
