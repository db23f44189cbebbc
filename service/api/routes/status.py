"""Where every organization stands."""

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import answer, given
from service.api.bodies.status import StatusBody, status_body
from service.api.context import VIEWER, Ports
from service.api.problems import documented

router = APIRouter(tags=["status"])


@router.get(
    "/status",
    summary="Read the status",
    dependencies=VIEWER,
    responses={
        **given(StatusBody, "All organizations, and the policies in force."),
        **documented(),
    },
)
def read_status(services: Ports) -> Response:
    """Spend, limit, headroom, open alerts and the age of the figures, as last checked.

    Nothing is asked of the provider; `POST /checks` does that.
    """
    return answer(status_body(services))
