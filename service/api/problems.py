"""Errors as RFC 9457 problems: one table from our tree to HTTP statuses.

Every answer of 400 and above is `application/problem+json` with `type`, `title`,
`status`, `detail`, a stable `code` and, for some codes, further fields.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from service.domain import errors

MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[type[errors.SpendguardError], HTTPStatus] = {
    errors.SpendguardError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidPolicies: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AccessDenied: HTTPStatus.FORBIDDEN,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.RoleTooLow: HTTPStatus.FORBIDDEN,
    errors.OwnRequest: HTTPStatus.FORBIDDEN,
    errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.DeclaredInFile: HTTPStatus.CONFLICT,
    errors.AboveCeiling: HTTPStatus.CONFLICT,
    errors.AlreadyDecided: HTTPStatus.CONFLICT,
    errors.ApprovalExpired: HTTPStatus.CONFLICT,
    errors.AlreadyRequested: HTTPStatus.CONFLICT,
    errors.BelowSpend: HTTPStatus.CONFLICT,
    errors.WriterBusy: HTTPStatus.CONFLICT,
    errors.ProviderError: HTTPStatus.BAD_GATEWAY,
    errors.ProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ProviderRejected: HTTPStatus.BAD_GATEWAY,
    errors.ProviderMalformed: HTTPStatus.BAD_GATEWAY,
    errors.StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SchemaMismatch: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SettingsError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.AuditBroken: HTTPStatus.INTERNAL_SERVER_ERROR,
}
# An address in a database's error may hold a password, so its text stays inside.
_UNSPOKEN: Mapping[type[errors.SpendguardError], str] = {
    errors.StorageError: "the database cannot be used at the moment",
    errors.StorageUnavailable: "the database cannot be used at the moment",
    errors.SettingsError: "a setting of the service is wrong",
}
_HEADERS: Mapping[HTTPStatus, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="spendguard"'},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "60"},
}
SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Problem(BaseModel):
    """An error as RFC 9457 describes it; `code` is stable, `detail` is for people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:spendguard:problem:not_found",
                "title": "Not Found",
                "status": 404,
                "detail": "no organization is called 'acme'",
                "code": "not_found",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **fields: Any,  # noqa: ANN401 - whatever JSON a problem carries beside the five
) -> Response:
    """Give the response that tells of an error."""
    body = {
        "type": f"urn:spendguard:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        **fields,
    }
    return Response(
        json.dumps(body),
        status_code=status.value,
        media_type=MEDIA_TYPE,
        headers={**SECURITY_HEADERS, **_HEADERS.get(status, {}), **(headers or {})},
    )


def from_error(error: errors.SpendguardError) -> Response:
    """Give the response for one of our own errors, by the table above."""
    kind = type(error)
    detail = _UNSPOKEN.get(kind, str(error))
    return problem(STATUSES[kind], error.code, detail, **_fields(error))


def _fields(error: errors.SpendguardError) -> dict[str, Any]:
    if isinstance(error, errors.InvalidPolicies):
        return {"findings": [finding_fields(each) for each in error.findings]}
    if isinstance(error, errors.ProviderError):
        return {"route": error.route, "provider_status": error.status}
    return {}


def finding_fields(finding: errors.Finding) -> dict[str, Any]:
    """Give a finding as JSON; lines and columns count from 1."""
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "severity": "warning" if finding.is_warning else "error",
    }


async def on_spendguard_error(_: Request, error: errors.SpendguardError) -> Response:
    """Answer one of our own errors."""
    return from_error(error)


async def on_http_error(request: Request, error: HTTPException) -> Response:
    """Answer what the framework refuses: 404, 405, 413 and the like."""
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.BAD_REQUEST:
        # What is no JSON at all, such as bytes that are no text.
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", str(error.detail)
        )
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    detail = "" if error.detail == status.phrase else str(error.detail)
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request) or headers.get("Allow", "")
    return problem(status, code, detail or _sentence(status), headers=headers)


def _allowed(request: Request) -> str:
    """Name all methods of a path; the router knows those of one route alone."""
    paths: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    asked = request.url.path
    found = [paths[asked]] if asked in paths else []
    found = found or [
        operations
        for path, operations in paths.items()
        if compile_path(path)[0].match(asked)
    ]
    return ", ".join(sorted({method.upper() for each in found for method in each}))


def _sentence(status: HTTPStatus) -> str:
    return status.description or status.phrase


async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
    """Answer a request whose parts do not validate, without repeating its values."""
    found = [
        {
            "where": [str(part) for part in each["loc"]],
            "message": each["msg"].removeprefix("Value error, "),
        }
        for each in error.errors()
    ]
    detail = "; ".join(
        f"{'.'.join(each['where'])}: {each['message']}" for each in found
    )
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", detail, errors=found
    )


async def on_unforeseen(_: Request, __: Exception) -> Response:
    """Answer a mistake of ours; what went wrong is in the log, never in the answer."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "something went wrong here; the log of the service says what",
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Give the `responses=` of a route: these errors and those any route may give."""
    always = (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    return {
        status.value: {
            "description": status.phrase,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status in sorted({*always, *statuses})
    }
