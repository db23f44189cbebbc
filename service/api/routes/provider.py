"""What the provider reports, passed on live."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.base import Moment, answer, given
from service.api.bodies.provider import (
    AnalyticsBody,
    RateLimitBody,
    analytics_body,
    rate_limit_body,
)
from service.api.context import VIEWER, OrganizationName, Ports, chosen
from service.api.problems import documented
from service.domain.analytics import AnalyticsReport
from service.domain.errors import InvalidInput
from service.domain.period import month_of, require_utc
from service.ports import Services

router = APIRouter(tags=["provider"])
_LONGEST = timedelta(days=366)
# The provider takes seconds since then.
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_ERRORS = documented(HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY)
_REPORT = {**given(AnalyticsBody, "The report."), **_ERRORS}

Start = Annotated[
    Moment | None, Query(description="From; the start of the month if absent.")
]
End = Annotated[
    Moment | None, Query(description="Up to, not including; now if absent.")
]
Workspace = Annotated[
    str | None, Query(description="Only this workspace, by its uuid.", max_length=100)
]
Granularity = Annotated[
    Literal["hour", "day", "week", "month"] | None,
    Query(description="As the provider names it.", examples=["day"]),
]


@router.get(
    "/rate-limit",
    summary="Read the rate limits",
    dependencies=VIEWER,
    responses={**given(RateLimitBody, "The rate limits."), **_ERRORS},
)
def read_rate_limit(services: Ports, organization: OrganizationName = None) -> Response:
    """Tell requests per second, and tokens per minute and month of each model."""
    name = chosen(services.policies.current(), organization).name
    return answer(rate_limit_body(name, services.admin_api(name).rate_limit()))


@router.get(
    "/analytics/lechat/by-user",
    summary="le Chat by user",
    dependencies=VIEWER,
    responses=_REPORT,
)
def read_lechat_by_user(
    services: Ports,
    organization: OrganizationName = None,
    start: Start = None,
    end: End = None,
) -> Response:
    """Count messages, files, images and conversations of each user."""
    report = AnalyticsReport.LECHAT_BY_USER
    return _report(services, report, organization, start, end)


@router.get(
    "/analytics/lechat/by-agent",
    summary="le Chat by agent",
    dependencies=VIEWER,
    responses=_REPORT,
)
def read_lechat_by_agent(
    services: Ports,
    organization: OrganizationName = None,
    start: Start = None,
    end: End = None,
) -> Response:
    """Count messages, files, images and conversations of each agent."""
    report = AnalyticsReport.LECHAT_BY_AGENT
    return _report(services, report, organization, start, end)


@router.get(
    "/analytics/lechat/by-time",
    summary="le Chat over time",
    dependencies=VIEWER,
    responses=_REPORT,
)
def read_lechat_by_time(
    services: Ports,
    organization: OrganizationName = None,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
) -> Response:
    """Count messages, files, images and conversations over time."""
    report = AnalyticsReport.LECHAT_BY_TIME
    return _report(services, report, organization, start, end, granularity=granularity)


@router.get(
    "/analytics/vibe/by-workspace",
    summary="Vibe Code by workspace",
    dependencies=VIEWER,
    responses=_REPORT,
)
def read_vibe_by_workspace(
    services: Ports,
    organization: OrganizationName = None,
    start: Start = None,
    end: End = None,
    workspace: Workspace = None,
) -> Response:
    """Count sessions, prompts, tokens and edits of each workspace, by day."""
    report = AnalyticsReport.VIBE_BY_WORKSPACE
    return _report(services, report, organization, start, end, workspace=workspace)


@router.get(
    "/analytics/vibe/by-organization",
    summary="Vibe Code of the organization",
    dependencies=VIEWER,
    responses=_REPORT,
)
def read_vibe_by_organization(
    services: Ports,
    organization: OrganizationName = None,
    start: Start = None,
    end: End = None,
) -> Response:
    """Count sessions, prompts, tokens and edits of the whole organization, by day."""
    report = AnalyticsReport.VIBE_BY_ORGANIZATION
    return _report(services, report, organization, start, end)


def _report(  # noqa: PLR0913 - the five routes differ in nothing but these
    services: Services,
    report: AnalyticsReport,
    organization: str | None,
    start: Moment | None,
    end: Moment | None,
    *,
    workspace: str | None = None,
    granularity: str | None = None,
) -> Response:
    name = chosen(services.policies.current(), organization).name
    end = require_utc(end or services.clock.now())
    start = month_of(end).start if start is None else require_utc(start)
    if start >= end:
        raise InvalidInput("start must be before end")
    if not start >= _FIRST or end > services.clock.now() + _LONGEST:
        raise InvalidInput("a report lies between 1970 and a year from now")
    if end - start > _LONGEST:
        raise InvalidInput("a report covers 366 days at most")
    found = services.admin_api(name).analytics(
        report, start, end, workspace=workspace, granularity=granularity
    )
    return answer(analytics_body(name, found))
