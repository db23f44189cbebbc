"""Run checks and read their history."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given
from service.api.bodies.checks import CheckItem, RunChecks, check_item
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
from service.domain.check import Check
from service.domain.errors import NotFound
from service.pipeline.cycle import run_check
from service.ports import Services

router = APIRouter(prefix="/checks", tags=["checks"])
# A check mostly waits for the provider; more at once would only queue there.
_AT_ONCE = 8


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
    run = partial(run_check, services, dry_run=wanted.dry_run)
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(names))) as pool:
        checks = list(pool.map(run, names))
    return answer(
        Listing[CheckItem](items=[_with_change(services, check) for check in checks])
    )


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
    return answer(
        Listing[CheckItem](
            items=[_with_change(services, check) for check in found.items],
            next_cursor=found.next_cursor,
        )
    )


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
    return answer(_with_change(services, check))


def _with_change(services: Services, check: Check) -> CheckItem:
    change = (
        services.queries.limit_change(check.change_id)
        if check.change_id is not None
        else None
    )
    return check_item(check, change)
