"""Make, list and end silences."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given, listing
from service.api.bodies.silences import (
    CreateSilence,
    SilenceItem,
    silence_item,
    silence_request,
)
from service.api.context import OPERATOR, VIEWER, Caller, Paging, Ports, actor_of
from service.api.problems import documented
from service.domain.silence import SilenceState
from service.pipeline.respond_silences import create_silence, expire_silence

router = APIRouter(prefix="/silences", tags=["silences"])


@router.get(
    "",
    summary="List silences",
    dependencies=VIEWER,
    responses={
        **given(Listing[SilenceItem], "Silences, newest first."),
        **documented(),
    },
)
def list_silences(
    services: Ports,
    page: Paging,
    state: Annotated[
        SilenceState | None, Query(description="Only silences in this state.")
    ] = None,
) -> Response:
    """List who wanted nobody to be told of what, until when and why."""
    now, policies = services.clock.now(), services.policies.current()
    found = services.queries.silences(state, now, page)
    return listing(found, lambda silence: silence_item(silence, policies, now))


@router.post(
    "",
    summary="Make a silence",
    dependencies=OPERATOR,
    status_code=HTTPStatus.CREATED,
    responses={
        201: {"model": SilenceItem, "description": "The silence."},
        **documented(),
    },
)
def make_silence(services: Ports, caller: Caller, wanted: CreateSilence) -> Response:
    """Mute messages about alerts for a time; decisions and limit changes go on.

    What was withheld of an alert that still fires when the silence ends is told then.
    """
    request = silence_request(wanted, actor=actor_of(caller), now=services.clock.now())
    silence = create_silence(services, request)
    item = silence_item(silence, services.policies.current(), services.clock.now())
    return answer(item, HTTPStatus.CREATED)


@router.delete(
    "/{silence_id}",
    summary="End a silence",
    dependencies=OPERATOR,
    responses={
        **given(SilenceItem, "The silence, expired."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def end_silence(services: Ports, caller: Caller, silence_id: str) -> Response:
    """End it at once; its record stays, and one that has ended stays as it is."""
    silence = expire_silence(services, actor=actor_of(caller), silence_id=silence_id)
    policies = services.policies.current()
    return answer(silence_item(silence, policies, services.clock.now()))
