"""Usage and spend, along their dimensions and over time."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.base import Moment, answer, given
from service.api.bodies.usage import (
    SeriesBody,
    UsageBody,
    series_point,
    usage_body,
)
from service.api.context import VIEWER, OrganizationName, Ports, chosen
from service.api.problems import documented
from service.domain.errors import InvalidInput, NotFound
from service.domain.period import month_of, require_utc

router = APIRouter(prefix="/usage", tags=["usage"])
# At a check every five minutes this is about 27,000 points.
_LONGEST = timedelta(days=93)


@router.get(
    "",
    summary="Read a month of usage",
    dependencies=VIEWER,
    responses={
        **given(UsageBody, "Usage by day, category, model and workspace."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_usage(
    services: Ports,
    organization: OrganizationName = None,
    period: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="The month; the present one when left out.",
            examples=["2026-08"],
        ),
    ] = None,
) -> Response:
    """Usage as the last check read it; 404 where none was ever read."""
    name = chosen(services.policies.current(), organization).name
    period = period or month_of(services.clock.now()).key
    months = services.queries.usage(name, period)
    if not months:
        raise NotFound(f"no usage of {name} in {period} was read yet")
    return answer(usage_body(months))


@router.get(
    "/series",
    summary="Read spend and limit over time",
    dependencies=VIEWER,
    responses={
        **given(SeriesBody, "One point per check, oldest first."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_usage_series(
    services: Ports,
    organization: OrganizationName = None,
    since: Annotated[
        Moment | None,
        Query(description="From; the start of the month if absent."),
    ] = None,
    until: Annotated[Moment | None, Query(description="Up to; now if absent.")] = None,
) -> Response:
    """Give what each check saw, over 93 days at most; null where it was not known."""
    about = chosen(services.policies.current(), organization)
    until = require_utc(until or services.clock.now())
    since = _since(since, until)
    found = services.queries.observations(about.name, since, until)
    return answer(
        SeriesBody(
            organization=about.name,
            currency=about.currency,
            since=since,
            until=until,
            items=[series_point(each, about.currency) for each in found],
        )
    )


def _since(since: datetime | None, until: datetime) -> datetime:
    since = month_of(until).start if since is None else require_utc(since)
    if since > until:
        raise InvalidInput("since must not be after until")
    if until - since > _LONGEST:
        raise InvalidInput("a series covers 93 days at most")
    return since
