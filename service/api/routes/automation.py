"""Stop and allow automatic limit changes."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Body, answer, example, given
from service.api.context import ADMIN, OPERATOR, Caller, Ports, actor_of
from service.api.problems import documented
from service.pipeline import respond

router = APIRouter(tags=["automation"])


class Automation(Body):
    """Whether automatic limit changes are stopped, and which circuits were closed."""

    model_config = example(paused=True, circuits_closed=[])

    paused: bool
    circuits_closed: list[str]


@router.post(
    "/pause",
    summary="Pause",
    dependencies=OPERATOR,
    responses={**given(Automation, "Paused."), **documented()},
)
def pause(services: Ports, caller: Caller) -> Response:
    """Stop all automatic limit changes at once; survives restarts; takes no body."""
    respond.pause(services, actor=actor_of(caller))
    return answer(Automation(paused=True, circuits_closed=[]))


@router.post(
    "/resume",
    summary="Resume",
    dependencies=ADMIN,
    responses={**given(Automation, "Resumed."), **documented(HTTPStatus.CONFLICT)},
)
def resume(services: Ports, caller: Caller) -> Response:
    """Allow automatic changes again and close open circuits; takes no body."""
    closed = respond.resume(services, actor=actor_of(caller))
    return answer(Automation(paused=False, circuits_closed=list(closed)))
