"""Whether the process lives and whether it guards; the only routes without a key."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.api.bodies.base import Body, answer, example, given
from service.api.context import Ports
from service.api.problems import MEDIA_TYPE, problem
from service.api.readiness import Readiness, degraded_reasons, readiness_of, reasons_of

router = APIRouter(tags=["health"])


class Health(Body):
    """The process is up."""

    model_config = example(status="ok")

    status: str


class Ready(Body):
    """The service guards, by this revision of the policies.

    `policies_degraded` says that a newer set was refused and the last good one stays,
    or that the repository cannot be followed; `reasons` says which.
    """

    model_config = example(
        status="ready",
        revision="6f1c0d",
        loaded_at="2026-08-20T12:00:00Z",
        policies_degraded=False,
        reasons=[],
    )

    status: str
    revision: str
    loaded_at: datetime
    policies_degraded: bool
    reasons: list[str]


@router.get("/healthz", summary="Is the process up?", responses=given(Health, "It is."))
async def healthz() -> Response:
    """Answer as long as the process can; says nothing about what it guards."""
    return answer(Health(status="ok"))


@router.get(
    "/readyz",
    summary="Does it guard?",
    responses={
        **given(Ready, "It does."),
        503: {
            "description": "It does not; `reasons` says why.",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        },
    },
)
def readyz(
    services: Ports, readiness: Annotated[Readiness, Depends(readiness_of)]
) -> Response:
    """Database, policies, and a round of the loop, whatever the provider said."""
    reasons = (*reasons_of(services), *readiness())
    if reasons:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return problem(status, "not_ready", "; ".join(reasons), reasons=reasons)
    policies = services.policies.current()
    degraded = degraded_reasons(services)
    return answer(
        Ready(
            status="ready",
            revision=policies.revision,
            loaded_at=policies.loaded_at,
            policies_degraded=bool(degraded),
            reasons=list(degraded),
        )
    )
