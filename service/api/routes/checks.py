"""Run checks and read their history."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given, listing
from service.api.bodies.checks import CheckItem, RunChecks, with_change
from service.api.checking import checked
from service.api.context import (
    OPERATOR,
    VIEWER,
    OrganizationName,
    Paging,
    Ports,
    chosen,
    known,
)
from service.api.problems import documented
from service.domain.errors import NotFound

router = APIRouter(prefix="/checks", tags=["checks"])


@router.post(
    "",
    summary="Check now",
    dependencies=OPERATOR,
    responses={
        **given(Listing[CheckItem], "The checks made, also when figures are unknown."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def run_checks(services: Ports, wanted: RunChecks | None = None) -> Response:
    """Wait for a check under way, then run one and answer when it is done.

    Its limit change is carried out and read back by then. Without an organization all
    of them are checked. A dry run decides the same, keeps nothing and changes nothing.
    """
    wanted = wanted or RunChecks()
    policies = services.policies.current()
    if wanted.organization is None:
        names = [each.name for each in policies.guard.organizations]
    else:
        names = [chosen(policies, wanted.organization).name]
    items = checked(services, names, dry_run=wanted.dry_run)
    return answer(Listing[CheckItem](items=items))


@router.get(
    "",
    summary="List checks",
    dependencies=VIEWER,
    responses={
        **given(Listing[CheckItem], "Checks with their decisions and the reasons."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def list_checks(
    services: Ports, page: Paging, organization: OrganizationName = None
) -> Response:
    """History of checks, newest first; of all organizations when none is named."""
    found = services.queries.checks(known(services, organization), page)
    return listing(found, partial(with_change, services))


@router.get(
    "/{check_id}",
    summary="Read a check",
    dependencies=VIEWER,
    responses={
        **given(CheckItem, "The check."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_check(services: Ports, check_id: str) -> Response:
    """One check with what every threshold came to."""
    check = services.queries.check(check_id)
    if check is None:
        raise NotFound(f"no check has the id {check_id!r}")
    return answer(with_change(services, check))
