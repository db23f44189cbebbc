"""Replay the past that is kept under policies that are only tried."""

from http import HTTPStatus
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.backtest import BacktestBody, backtest_body
from service.api.bodies.base import answer, given
from service.api.context import VIEWER, Ports
from service.api.problems import documented
from service.api.yaml_body import ALONE, DRAFT_BODY, SentDraft
from service.domain.errors import Conflict, InvalidPolicies
from service.domain.past_read import PAST_MONTHS
from service.pipeline.backtest import BacktestWish, backtest
from service.pipeline.plan_policies import drafted
from service.pipeline.respond_policies import shown_alone

# It works for long: two at once would leave too little to the checks.
TURN = Lock()

router = APIRouter(prefix="/policies", tags=["policies"])

Months = Annotated[
    int,
    Query(ge=1, le=PAST_MONTHS, description="Months before this one to replay."),
]


@router.post(
    "/backtest",
    summary="Replay the past under policies",
    dependencies=VIEWER,
    openapi_extra=DRAFT_BODY,
    responses={
        **given(BacktestBody, "What would have happened, day by day."),
        **documented(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    },
)
def backtest_policies(
    services: Ports, draft: SentDraft, months: Months = 1
) -> Response:
    """Replay what is kept of the past under a draft: alerts, messages, limit changes.

    The provider is not asked, nothing is kept, nobody is told. With errors the answer
    is 422 with all `findings`. `grain` says which days rest on our own observations.
    Some milliseconds are needed for each; one backtest runs at a time (else 409).
    """
    in_force = services.policies.current()
    try:
        policies = drafted(services.policy_source, in_force, draft)
    except InvalidPolicies as error:
        raise InvalidPolicies(shown_alone(error.findings, ALONE)) from None
    if not TURN.acquire(blocking=False):
        raise Conflict("another backtest is running: try again when it has ended")
    try:
        done = backtest(services, policies, BacktestWish(months=months))
    finally:
        TURN.release()
    return answer(backtest_body(done))
