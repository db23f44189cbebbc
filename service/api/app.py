"""The application: all routes, behind one gate."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from service.api import problems
from service.api.admission import Admission
from service.api.description import DESCRIPTION, TAGS, describe
from service.api.edges import BODY_SECONDS, BodyLimit, SecurityHeaders
from service.api.gate import Gate
from service.api.routes import (
    alerts,
    approval_page,
    approvals,
    audit,
    automation,
    backtests,
    checks,
    drift,
    health,
    keys,
    limits,
    metrics,
    notifications,
    policies,
    provider,
    silences,
    status,
    usage,
    webhook,
)
from service.api.throttle import Throttle
from service.domain.errors import SpendguardError
from service.ports import Services

_V1 = (status, checks, policies, backtests, usage, limits, provider, alerts)
_V1_OF_THE_GUARD = (
    notifications,
    approvals,
    silences,
    audit,
    keys,
    automation,
    drift,
    webhook,
)


def _operation_id(route: APIRoute) -> str:
    return route.name


def _ready() -> tuple[str, ...]:
    return ()


def create_app(
    services: Services,
    *,
    readiness: Callable[[], tuple[str, ...]] = _ready,
    body_seconds: float = BODY_SECONDS,
) -> FastAPI:
    """Build the application; `readiness` gives reasons why the loop is not ready.

    Database and policies are asked by the application itself. A request's body has to
    arrive within `body_seconds`.
    """
    admission = Admission(services, Throttle())
    app = FastAPI(
        title="Spendguard",
        summary="Stands guard over what an organization spends at its AI provider.",
        description=DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=TAGS,
        generate_unique_id_function=_operation_id,
        middleware=_middleware(services, admission, body_seconds),
        exception_handlers={
            SpendguardError: problems.on_spendguard_error,
            HTTPException: problems.on_http_error,
            RequestValidationError: problems.on_invalid_request,
            Exception: problems.on_unforeseen,
        },
        # It costs 17 to 45 % of a short answer; what is measured is in /metrics.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    app.state.readiness = readiness
    app.state.admission = admission
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(approval_page.router)
    app.include_router(_version_1())
    describe(app)
    return app


@cache
def _version_1() -> APIRouter:
    """Put the routes together once, however many applications a process has."""
    router = APIRouter(prefix="/api/v1")
    for module in (*_V1, *_V1_OF_THE_GUARD):
        router.include_router(module.router)
    return router


def _middleware(
    services: Services, admission: Admission, body_seconds: float
) -> list[Middleware]:
    """Give what is around the routes, the outermost first."""

    def gate(app: ASGIApp) -> ASGIApp:
        return Gate(app, services, admission)

    return [
        Middleware(SecurityHeaders),
        Middleware(gate),
        Middleware(BodyLimit, seconds=body_seconds),
    ]
