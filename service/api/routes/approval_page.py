"""The page that a link in a message opens: read, then approve or deny.

GET and HEAD decide nothing and show a stranger nothing, whoever follows the link. Only
a POST with the one-use token of a form that a session was shown decides, by the same
rules as the API.
"""

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.admission import Admission
from service.api.context import Ports, actor_of
from service.api.page import rendered, request_page, stranger_page
from service.api.problems import STATUSES
from service.domain.access import ApiKey, Role
from service.domain.approval import Approval, ApprovalState, ending
from service.domain.errors import SpendguardError
from service.pipeline.approvals import Verdict, decide_approval
from service.pipeline.page_sessions import (
    SESSION_LASTS,
    Visitor,
    issue_token,
    open_session,
    use_token,
    visitor_of,
)
from service.pipeline.respond_keys import digest_of
from service.ports import Services

router = APIRouter(include_in_schema=False)
COOKIE = "spendguard_session"
_PATH = "/approvals/{approval_id}/page"
_MOST_FIELDS = 10
_LONGEST_NOTE = 500
# A form of somebody else's page must not act for who is signed in here.
_FOREIGN = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A form as it came in; `is_foreign` where a page of somebody else sent it."""

    fields: dict[str, str]
    address: str
    is_foreign: bool


async def _posted(request: Request) -> Posted:
    body = (await request.body()).decode("utf-8", "replace")
    fields: dict[str, list[str]] = {}
    # Too many fields are no form of this page.
    with suppress(ValueError):
        fields = parse_qs(body, max_num_fields=_MOST_FIELDS)
    return Posted(
        fields={name: values[0] for name, values in fields.items()},
        address="unknown" if request.client is None else request.client.host,
        is_foreign=request.headers.get("sec-fetch-site", "") in _FOREIGN,
    )


async def _visitor(request: Request) -> Visitor | None:
    services: Services = request.app.state.services
    text = request.cookies.get(COOKIE)
    return await run_in_threadpool(visitor_of, services, text)


async def _admission(request: Request) -> Admission:
    admission: Admission = request.app.state.admission
    return admission


Door = Annotated[Admission, Depends(_admission)]
Form = Annotated[Posted, Depends(_posted)]
Guest = Annotated[Visitor | None, Depends(_visitor)]


@router.api_route(_PATH, methods=["GET", "HEAD"])
def approval_page(services: Ports, visitor: Guest, approval_id: str) -> Response:
    """Show the request to who has a session, and a form for a key to others."""
    if visitor is None:
        return rendered(stranger_page())
    return _shown(services, visitor, approval_id)


@router.post(_PATH)
def answer_on_page(
    services: Ports, door: Door, visitor: Guest, posted: Form, approval_id: str
) -> Response:
    """Open a session with a key, or decide with the token of a form."""
    if posted.is_foreign:
        notice = "that form was not of this page: open the link again"
        return rendered(stranger_page(notice), HTTPStatus.FORBIDDEN)
    try:
        text = posted.fields.get("key")
        if text is not None:
            key = door.admit(digest_of(text.strip()), posted.address)
            return _signed_in(services, key)
        if visitor is None:
            notice = "your session has ended: enter your key again"
            return rendered(stranger_page(notice), HTTPStatus.UNAUTHORIZED)
        return _decided(services, visitor, posted.fields, approval_id)
    except SpendguardError as error:
        status = STATUSES[type(error)]
        if visitor is None:
            return rendered(stranger_page(str(error)), status)
        return _shown(services, visitor, approval_id, notice=str(error), status=status)


def _signed_in(services: Services, key: ApiKey) -> Response:
    text = open_session(services, key)
    public = urlsplit(services.public_url or "")
    # Relative, so that it holds behind a proxy with a path of its own.
    answer = Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": "page"})
    answer.set_cookie(
        COOKIE,
        text,
        max_age=int(SESSION_LASTS.total_seconds()),
        path=f"{public.path.rstrip('/')}/approvals/",
        secure=public.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def _decided(
    services: Services, visitor: Visitor, form: dict[str, str], approval_id: str
) -> Response:
    decision, key = form.get("decision"), visitor.key
    if decision not in {"approve", "deny"}:
        notice = "choose Approve or Deny"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _shown(services, visitor, approval_id, notice=notice, status=status)
    if not use_token(services, visitor, approval_id, form.get("token", "")):
        notice = "that form was used or is out of date: decide on this one"
        status = HTTPStatus.FORBIDDEN
        return _shown(services, visitor, approval_id, notice=notice, status=status)
    if not key.role.allows(Role.OPERATOR):
        notice = f"this needs the role {Role.OPERATOR}; your key has {key.role}"
        status = HTTPStatus.FORBIDDEN
        return _shown(services, visitor, approval_id, notice=notice, status=status)
    verdict = Verdict(
        approval_id=approval_id,
        is_granted=decision == "approve",
        actor=actor_of(key),
        may_raise=key.role.allows(Role.ADMIN),
        note=form.get("note", "").strip()[:_LONGEST_NOTE],
    )
    decide_approval(services, verdict)
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": "page"})


def _shown(
    services: Services,
    visitor: Visitor,
    approval_id: str,
    *,
    notice: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    approval = services.queries.approval(approval_id)
    if approval is None:
        notice = "there is no such request"
        return rendered(stranger_page(notice), HTTPStatus.NOT_FOUND)
    obstacle = _obstacle(approval, visitor)
    token = "" if obstacle else issue_token(services, visitor, approval_id)
    page = request_page(approval, visitor, token=token, notice=notice or obstacle)
    return rendered(page, status)


def _obstacle(approval: Approval, visitor: Visitor) -> str:
    """Say why this visitor cannot decide, nothing where they can."""
    role = visitor.key.role
    if approval.state is not ApprovalState.PENDING:
        return f"this request {ending(approval)}"
    if approval.requested_by == actor_of(visitor.key):
        return "this is your own request: another person decides on it"
    if not role.allows(Role.OPERATOR):
        return f"deciding needs the role {Role.OPERATOR}; your key has {role}"
    return ""
