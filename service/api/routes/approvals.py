"""Read and answer requests for approval; ask for a higher limit."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.approvals import (
    ApprovalItem,
    DecideApproval,
    RequestIncrease,
    approval_item,
)
from service.api.bodies.base import Listing, answer, given, listing
from service.api.context import (
    OPERATOR,
    VIEWER,
    Caller,
    OrganizationName,
    Paging,
    Ports,
    actor_of,
    chosen,
    known,
)
from service.api.problems import documented
from service.domain.access import ApiKey, Role
from service.domain.approval import ApprovalState
from service.domain.period import require_utc
from service.pipeline.approvals import Verdict, decide_approval, require_approval
from service.pipeline.increase import Wish, request_increase
from service.ports import ApprovalFilter

router = APIRouter(tags=["approvals"])
_DECIDED = {
    **given(ApprovalItem, "The request, and what came of it: see `state`."),
    **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
}


@router.get(
    "/approvals",
    summary="List requests for approval",
    dependencies=VIEWER,
    responses={
        **given(Listing[ApprovalItem], "Requests, newest first."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def list_approvals(
    services: Ports,
    page: Paging,
    organization: OrganizationName = None,
    state: Annotated[
        ApprovalState | None, Query(description="Only requests in this state.")
    ] = None,
) -> Response:
    """Who was asked what, with the figures of that moment, and who answered."""
    wanted = ApprovalFilter(organization=known(services, organization), state=state)
    return listing(services.queries.approvals(wanted, page), approval_item)


@router.get(
    "/approvals/{approval_id}",
    summary="Read a request for approval",
    dependencies=VIEWER,
    responses={
        **given(ApprovalItem, "The request."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_approval(services: Ports, approval_id: str) -> Response:
    """One request with what its answer rests on."""
    return answer(approval_item(require_approval(services, approval_id)))


@router.post(
    "/approvals/{approval_id}/approve",
    summary="Approve",
    dependencies=OPERATOR,
    responses=_DECIDED,
)
def approve(
    services: Ports,
    caller: Caller,
    approval_id: str,
    wanted: DecideApproval | None = None,
) -> Response:
    """Let it go ahead: a check at once carries it out if it is still wanted.

    What a policy asks for an operator may approve, a person's wish only an admin;
    nobody their own request. Answered or too late is 409 `already_decided` or
    `approval_expired`.
    """
    note = "" if wanted is None else wanted.note
    return _decide(services, caller, approval_id, note, is_granted=True)


@router.post(
    "/approvals/{approval_id}/deny",
    summary="Deny",
    dependencies=OPERATOR,
    responses=_DECIDED,
)
def deny(
    services: Ports,
    caller: Caller,
    approval_id: str,
    wanted: DecideApproval | None = None,
) -> Response:
    """Refuse it; that holds until the threshold fires the next time."""
    note = "" if wanted is None else wanted.note
    return _decide(services, caller, approval_id, note, is_granted=False)


def _decide(
    services: Ports, caller: ApiKey, approval_id: str, note: str, *, is_granted: bool
) -> Response:
    verdict = Verdict(
        approval_id=approval_id,
        is_granted=is_granted,
        actor=actor_of(caller),
        may_raise=caller.role.allows(Role.ADMIN),
        note=note,
    )
    return answer(approval_item(decide_approval(services, verdict)))


@router.post(
    "/increase-requests",
    summary="Ask for a higher limit",
    dependencies=VIEWER,
    status_code=HTTPStatus.CREATED,
    responses={
        201: {"model": ApprovalItem, "description": "The request, pending."},
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def ask_for_increase(
    services: Ports, caller: Caller, wanted: RequestIncrease
) -> Response:
    """Ask, with a reason; another person, with the role admin, approves within a day.

    One request of a key may wait per organization (409 `already_requested` names it);
    above a ceiling is 409 `above_ceiling`, now and when it is carried out.
    """
    about = chosen(services.policies.current(), wanted.organization)
    until = wanted.expires_at
    wish = Wish(
        organization=about.name,
        amount=Decimal(wanted.amount),
        reason=wanted.reason,
        actor=actor_of(caller),
        expires_at=None if until is None else require_utc(until),
    )
    approval = request_increase(services, wish)
    return answer(approval_item(approval), HTTPStatus.CREATED)
