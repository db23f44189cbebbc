"""Where every organization stands."""

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import answer, given
from service.api.bodies.status import StatusBody, organization_item, policies_in_force
from service.api.context import VIEWER, Ports
from service.api.problems import documented
from service.pipeline.respond_status import overview

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
    found = overview(services)
    return answer(
        StatusBody(
            organizations=[organization_item(each) for each in found.organizations],
            policies=policies_in_force(
                services.policies.current(), services.policies.error()
            ),
            paused=found.is_paused,
        )
    )
