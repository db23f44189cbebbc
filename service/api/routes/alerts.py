"""List alerts and acknowledge them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.alerts import AlertItem, alert_item
from service.api.bodies.base import Listing, answer, given, listing
from service.api.context import (
    OPERATOR,
    VIEWER,
    Caller,
    OrganizationName,
    Paging,
    Ports,
    actor_of,
)
from service.api.problems import documented
from service.domain.alert import AlertState
from service.pipeline.approvals import pending_approvals
from service.pipeline.respond import acknowledge
from service.pipeline.respond_silences import active_silences
from service.ports import AlertFilter

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get(
    "",
    summary="List alerts",
    dependencies=VIEWER,
    responses={**given(Listing[AlertItem], "Alerts, newest first."), **documented()},
)
def list_alerts(
    services: Ports,
    page: Paging,
    organization: OrganizationName = None,
    state: Annotated[
        AlertState | None, Query(description="Only alerts in this state.")
    ] = None,
    policy_id: Annotated[
        str | None, Query(description="Only alerts of this policy.", max_length=100)
    ] = None,
) -> Response:
    """Alerts that fired or are pending; those of the guard itself are of `system`."""
    wanted = AlertFilter(organization=organization, state=state, policy_id=policy_id)
    found = services.queries.alerts(wanted, page)
    silences = active_silences(services)
    pending = pending_approvals(services)
    return listing(found, lambda alert: alert_item(alert, silences, pending))


@router.post(
    "/{alert_id}/acknowledge",
    summary="Acknowledge an alert",
    dependencies=OPERATOR,
    responses={
        **given(AlertItem, "The alert, acknowledged."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def acknowledge_alert(services: Ports, caller: Caller, alert_id: str) -> Response:
    """Say that somebody has seen it, which stops its reminders; takes no body."""
    alert = acknowledge(services, actor=actor_of(caller), alert_id=alert_id)
    silences, pending = active_silences(services), pending_approvals(services)
    return answer(alert_item(alert, silences, pending))
