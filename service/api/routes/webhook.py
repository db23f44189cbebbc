"""News of the repository that policies are followed in, signed by who hosts it."""

import hmac
from hashlib import sha256
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.api.bodies.base import Body, answer, example
from service.api.context import Ports
from service.api.problems import documented
from service.domain.errors import NotFound

router = APIRouter(prefix="/policies", tags=["policies"])
_GITHUB = "x-hub-signature-256"
_GITLAB = "x-gitlab-token"


class Heard(Body):
    """The repository is asked now; `GET /status` tells what came of it."""

    model_config = example(status="asking")

    status: str


@router.post(
    "/webhook",
    summary="Hear of a push",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        202: {"model": Heard, "description": "The repository is asked at once."},
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    },
)
async def hear_of_push(request: Request, services: Ports) -> Response:
    """Look at the repository at once; needs no key, but the host's signature.

    GitHub's `X-Hub-Signature-256` (HMAC-SHA256 of the body by
    `SPENDGUARD_WEBHOOK_SECRET`) or GitLab's `X-Gitlab-Token` (the secret itself).
    Nothing in the body is believed, so a call that is sent again does no harm.
    """
    secret = services.webhook_secret
    if secret is None or services.policy_source.following() is None:
        raise NotFound("no webhook is set up here")
    body = await request.body()
    if not _is_signed(request, body, secret):
        address = request.client.host if request.client else "unknown"
        await run_in_threadpool(request.app.state.admission.refuse_signature, address)
    services.policy_source.look_now()
    return answer(Heard(status="asking"), HTTPStatus.ACCEPTED)


def _is_signed(request: Request, body: bytes, secret: bytes) -> bool:
    signature = request.headers.get(_GITHUB)
    if signature is not None:
        wanted = "sha256=" + hmac.new(secret, body, sha256).hexdigest()
        return hmac.compare_digest(signature.encode(), wanted.encode())
    token = request.headers.get(_GITLAB, "")
    return hmac.compare_digest(token.encode(), secret)
