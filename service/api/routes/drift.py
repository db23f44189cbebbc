"""Decide about a limit that somebody moved outside."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from service.api.bodies.base import answer, given
from service.api.bodies.drift import AdoptedBody, adopted_body
from service.api.bodies.limits import LimitChangeItem, limit_change_item
from service.api.context import ADMIN, Caller, Ports, actor_of
from service.api.problems import documented
from service.pipeline.drift import adopt_drift, revert_drift

router = APIRouter(tags=["limits"])
Name = Annotated[
    str, Path(description="The organization's name.", examples=["acme"], max_length=100)
]


@router.post(
    "/drift/{organization}/adopt",
    summary="Keep a limit moved outside",
    dependencies=ADMIN,
    responses={
        **given(AdoptedBody, "Kept: the limit counts as this person's choice."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def adopt(services: Ports, caller: Caller, organization: Name) -> Response:
    """Keep the limit as it was last seen, as an override until the month ends.

    409 where no drift is open. Takes no body.
    """
    actor = actor_of(caller)
    return answer(
        adopted_body(adopt_drift(services, actor=actor, organization=organization))
    )


@router.post(
    "/drift/{organization}/revert",
    summary="Put a limit moved outside back",
    dependencies=ADMIN,
    responses={
        **given(LimitChangeItem, "The change and what came of it: see `state`."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY),
    },
)
def revert(services: Ports, caller: Caller, organization: Name) -> Response:
    """Put the limit back to where it was, the same guarded way as setting it.

    409 where no drift is open, where that is below the spend, above a ceiling, or no
    limit at all. Takes no body; the answer is 200 whatever the provider did.
    """
    actor = actor_of(caller)
    change = revert_drift(services, actor=actor, organization=organization)
    return answer(limit_change_item(change))
