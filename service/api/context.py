"""What a route may ask for: the services, and who is asking."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPBearer

from service.domain.access import ApiKey, Role
from service.domain.errors import InvalidInput, RoleTooLow
from service.domain.guard import Organization
from service.domain.policy_set import PolicySet
from service.pipeline.decide import require_organization
from service.ports import PageRequest, Services

_scheme = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="sg_…",
    description="A key of this service, as `spendguard key create` shows it once.",
)
MAX_PAGE = 200


# Asynchronous on purpose, here and below: a plain one would cost a hop to a thread.
async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _require(role: Role) -> Callable[[Request], Awaitable[ApiKey]]:
    async def caller(request: Request) -> ApiKey:
        key: ApiKey = request.state.key
        if not key.role.allows(role):
            raise RoleTooLow(f"this needs the role {role}; the key has {key.role}")
        return key

    caller.__name__ = role.value
    return caller


async def _page(
    limit: Annotated[
        int, Query(ge=1, le=MAX_PAGE, description="Items of one page at most.")
    ] = 50,
    cursor: Annotated[
        str | None,
        Query(max_length=500, description="`next_cursor` of the page before."),
    ] = None,
) -> PageRequest:
    return PageRequest(limit=limit, cursor=cursor)


Ports = Annotated[Services, Depends(_services)]
Paging = Annotated[PageRequest, Depends(_page)]
_documented = Security(_scheme)
VIEWER = [_documented, Depends(_require(Role.VIEWER))]
OPERATOR = [_documented, Depends(_require(Role.OPERATOR))]
ADMIN = [_documented, Depends(_require(Role.ADMIN))]


async def _caller(request: Request) -> ApiKey:
    key: ApiKey = request.state.key
    return key


Caller = Annotated[ApiKey, Depends(_caller)]
OrganizationName = Annotated[
    str | None,
    Query(
        alias="organization",
        description="The organization's name; may be left out where there is only one.",
        examples=["acme"],
    ),
]


def actor_of(key: ApiKey) -> str:
    """Give the audit log's name of who holds a key."""
    return f"key:{key.name}"


def chosen(policies: PolicySet, name: str | None) -> Organization:
    """Give the organization a request is about.

    Raises `NotFound` for an unknown name and `InvalidInput`, naming the choice, when
    there are several and none was named.
    """
    if name is None:
        several = policies.guard.organizations
        if len(several) > 1:
            names = ", ".join(each.name for each in several)
            raise InvalidInput(f"?organization= is needed, one of: {names}")
        return several[0]
    return require_organization(policies, name)


def known(services: Services, name: str | None) -> str | None:
    """Give the organization a list is narrowed to; raise `NotFound` for an unknown."""
    return None if name is None else chosen(services.policies.current(), name).name
