"""Whether the service guards, for those who ask."""

from collections.abc import Callable
from typing import TypeAlias

from fastapi import Request

from service.domain.errors import NotFound, StorageError
from service.ports import Services

Readiness: TypeAlias = Callable[[], tuple[str, ...]]


async def readiness_of(request: Request) -> Readiness:
    """Give what tells why the loop is not ready."""
    readiness: Readiness = request.app.state.readiness
    return readiness


def degraded_reasons(services: Services) -> tuple[str, ...]:
    """Give why the newest policies may not be those in force; nothing when they are.

    The route is open: that it is so and since when, and nothing out of a file.
    """
    reasons = []
    if services.policies.error() is not None:
        reasons.append("policies: the newest were refused, the last good ones stay")
    following = services.policy_source.following()
    if following is not None and following.troubled_since is not None:
        since = f"{following.troubled_since:%Y-%m-%d %H:%M:%S}Z"
        reasons.append(f"policies: the repository cannot be followed since {since}")
    return tuple(reasons)


def reasons_of(services: Services) -> tuple[str, ...]:
    """Give why database or policies are not ready; nothing when they are."""
    reasons = []
    try:
        services.queries.is_ready()
    except StorageError as error:
        # The route is open: the trouble, and no address.
        reasons.append(f"database: {error.public}")
    try:
        services.policies.current()
    except NotFound:
        reasons.append("policies: none in force")
    return tuple(reasons)
