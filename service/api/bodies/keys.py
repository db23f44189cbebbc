"""Keys of this API on the wire; their texts only in the answer that creates them."""

from datetime import datetime

from pydantic import Field

from service.api.bodies.base import Body, Moment, Sent, example
from service.domain.access import ApiKey, Role

_EXAMPLE = {
    "id": "key_1a2b3c4d5e6f708192a3b4c5",
    "name": "grafana",
    "role": "viewer",
    "created_at": "2026-08-20T12:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
}


class KeyItem(Body):
    """A key without its text."""

    model_config = example(**_EXAMPLE)

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class CreatedKey(KeyItem):
    """A new key with its text, which is shown this once."""

    model_config = example(**_EXAMPLE, key="sg_…43 characters…")

    key: str


class CreateKey(Sent):
    """A key to make."""

    model_config = example(name="grafana", role="viewer", expires_at=None)

    name: str = Field(min_length=1, max_length=100)
    role: Role = Role.VIEWER
    expires_at: Moment | None = None


def key_item(key: ApiKey) -> KeyItem:
    """Give a key without its text."""
    return KeyItem(
        id=key.id,
        name=key.name,
        role=key.role,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )
