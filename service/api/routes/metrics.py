"""What Prometheus scrapes; with a key, as everything but the state of health."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from service.api.context import VIEWER, Ports
from service.api.metrics import expose
from service.api.problems import documented
from service.api.readiness import Readiness, readiness_of, reasons_of
from service.pipeline.respond_metrics import measure

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Read the metrics",
    dependencies=VIEWER,
    response_class=Response,
    responses={
        200: {
            "description": "In the format of Prometheus, or as OpenMetrics.",
            "content": {
                "text/plain": {"schema": {"type": "string"}},
                "application/openmetrics-text": {"schema": {"type": "string"}},
            },
        },
        **documented(),
    },
)
def metrics(
    services: Ports,
    readiness: Annotated[Readiness, Depends(readiness_of)],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Give checks, durations, age of data, spend, limit, alerts and deliveries.

    Counts are the database's, over all processes and restarts; durations this
    process's own. What is not known has no sample.
    """
    is_ready = not (*reasons_of(services), *readiness())
    exposed = expose(measure(services), accept, is_ready=is_ready)
    return Response(exposed.content, headers={"Content-Type": exposed.media_type})
