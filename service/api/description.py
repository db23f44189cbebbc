"""How the API describes itself at `/openapi.json`."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.api.bodies.base import Body
from service.api.problems import Problem

DESCRIPTION = """\
Every route but `/healthz` and `/readyz` needs a key: `Authorization: Bearer sg_…`.
A key has a role: `viewer` reads; `operator` also checks, acknowledges, silences,
approves, lowers the limit and pauses; `admin` also raises, resumes, and writes policies
and keys.

Money is `{"amount": "292.80", "currency": "EUR"}`; other decimal figures are strings,
counts are integers, times are RFC 3339 in UTC. What is not known is `null`, not zero.
Lists are `{items, next_cursor}`, newest first; `?limit=` is 1 to 200, `?cursor=` the
`next_cursor` of the page before.
Errors are RFC 9457 problems with a stable `code`.
"""

TAGS = [
    {"name": "status", "description": "Where every organization stands."},
    {"name": "checks", "description": "One run of the guard for one organization."},
    {"name": "policies", "description": "Budgets, thresholds and what they do."},
    {"name": "usage", "description": "What was consumed, and what it costs."},
    {"name": "limits", "description": "The provider's spend limit and its changes."},
    {"name": "provider", "description": "What the provider reports, passed on live."},
    {"name": "alerts", "description": "Thresholds that were crossed."},
    {"name": "approvals", "description": "Who was asked before the limit moves."},
    {"name": "silences", "description": "When nobody is told of some alerts."},
    {"name": "notifications", "description": "Who was told, and by which channel."},
    {"name": "audit", "description": "Everything seen, decided, said and done."},
    {"name": "keys", "description": "Keys of this API."},
    {"name": "automation", "description": "Stop and allow automatic limit changes."},
    {"name": "health", "description": "For the machinery around the service."},
]


def describe(app: FastAPI) -> None:
    """Complete the generated description with what all errors look like."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generated()
            schemas = schema["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema()
            _restore_examples(schemas)
            # Every error is a Problem here; the framework's own shapes never occur.
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way


def _restore_examples(schemas: dict[str, Any]) -> None:
    """Put back what the generator leaves out of examples: every field that is null."""
    for body in _all_bodies(Body):
        extra = body.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and body.__name__ in schemas:
            schemas[body.__name__]["example"] = extra["example"]


def _all_bodies(root: type[Body]) -> Iterator[type[Body]]:
    for body in root.__subclasses__():
        yield body
        yield from _all_bodies(body)
