"""Read, export and verify the audit log."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from service.api.bodies.audit import (
    AuditItem,
    Verification,
    audit_item,
    chain_state,
)
from service.api.bodies.base import Listing, answer, given, listing
from service.api.context import VIEWER, Paging, Ports
from service.api.problems import documented
from service.pipeline.respond_audit import chains_of, export, verify
from service.ports import Services

router = APIRouter(prefix="/audit", tags=["audit"])
JSON_LINES = "application/jsonl"
_LINES_AT_ONCE = 500
Chain = Annotated[
    str | None,
    Query(
        description="Only this chain: an organization's name, or `system`.",
        max_length=100,
        examples=["acme"],
    ),
]


@router.get(
    "",
    summary="List audit entries",
    dependencies=VIEWER,
    responses={**given(Listing[AuditItem], "Entries, newest first."), **documented()},
)
def list_audit(
    services: Ports,
    page: Paging,
    chain: Chain = None,
    action: Annotated[
        str | None,
        Query(
            description="Only this action.",
            max_length=100,
            examples=["spend_limit:change:requested"],
        ),
    ] = None,
) -> Response:
    """List what was seen, decided, said and done, and by whom."""
    found = services.queries.audit(chain, action, page)
    return listing(found, audit_item)


@router.get(
    "/export",
    summary="Export the audit log",
    dependencies=VIEWER,
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One entry a line, by chain and number.",
            "content": {
                JSON_LINES: {"schema": {"$ref": "#/components/schemas/AuditItem"}}
            },
        },
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def export_audit(services: Ports, chain: Chain = None) -> Response:
    """Stream it as JSON Lines, as `spendguard audit verify FILE` takes it."""
    chains = chains_of(services, chain)
    return StreamingResponse(_chunks(services, chains), media_type=JSON_LINES)


def _chunks(services: Services, chains: Iterable[str]) -> Iterator[str]:
    # Each piece costs a hop between threads, so many lines go together.
    lines = export(services, chains)
    while chunk := list(islice(lines, _LINES_AT_ONCE)):
        yield "\n".join(chunk) + "\n"


@router.get(
    "/verify",
    summary="Verify the audit log",
    dependencies=VIEWER,
    responses={
        **given(Verification, "Whether each chain is as it was written."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def verify_audit(services: Ports, chain: Chain = None) -> Response:
    """Work out every hash again and name the first entry that does not fit."""
    states = [
        chain_state(verify(services, each)) for each in chains_of(services, chain)
    ]
    return answer(
        Verification(valid=all(state.valid for state in states), items=states)
    )
