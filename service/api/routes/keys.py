"""Make, list and revoke keys of this API."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given
from service.api.bodies.keys import CreatedKey, CreateKey, KeyItem, key_item
from service.api.context import ADMIN, Caller, Ports, actor_of
from service.api.problems import documented
from service.domain.period import require_utc
from service.pipeline.respond_keys import create_key, revoke_key

router = APIRouter(prefix="/keys", tags=["keys"])


@router.get(
    "",
    summary="List keys",
    dependencies=ADMIN,
    responses={**given(Listing[KeyItem], "All keys, ended ones too."), **documented()},
)
def list_keys(services: Ports) -> Response:
    """Keys with their roles and last use, newest first, without their texts."""
    keys = sorted(services.queries.keys(), key=lambda key: key.created_at, reverse=True)
    return answer(Listing[KeyItem](items=[key_item(key) for key in keys]))


@router.post(
    "",
    summary="Make a key",
    dependencies=ADMIN,
    status_code=HTTPStatus.CREATED,
    responses={
        201: {"model": CreatedKey, "description": "The key, its text shown this once."},
        **documented(HTTPStatus.CONFLICT),
    },
)
def make_key(services: Ports, caller: Caller, wanted: CreateKey) -> Response:
    """Make a key; `key` in the answer is its text, which cannot be had again."""
    expires_at = wanted.expires_at
    key, text = create_key(
        services,
        actor=actor_of(caller),
        name=wanted.name,
        role=wanted.role,
        expires_at=None if expires_at is None else require_utc(expires_at),
    )
    return answer(
        CreatedKey(**key_item(key).model_dump(), key=text), HTTPStatus.CREATED
    )


@router.delete(
    "/{key_id}",
    summary="Revoke a key",
    dependencies=ADMIN,
    responses={
        **given(KeyItem, "The key, revoked."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def delete_key(services: Ports, caller: Caller, key_id: str) -> Response:
    """End a key at once; it stays in the list, for the audit log names it."""
    key = revoke_key(services, actor=actor_of(caller), key_id=key_id)
    return answer(key_item(key))
