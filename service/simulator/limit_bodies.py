"""Bodies of the spend limit, rate limit, workspaces and audit log."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Literal

from service.simulator.configuration import Shape, Workspace
from service.simulator.exchange import Incoming, Outgoing, json_answer
from service.simulator.limit import AuditLine, Limit
from service.simulator.organization import Organization
from service.simulator.refusals import Invalid

_MAX_PAGE_SIZE = 1000


def spend_limit(
    organization: Organization, now: datetime, limit: Limit | None = None
) -> Outgoing:
    """Return LimitsOUT; `limit` pretends that another limit is in force."""
    standing = organization.standing(now)
    shown = limit or standing.limit
    reached = standing.is_reached
    if limit is not None:
        reached = not limit.unlimited and standing.total >= limit.amount
    amount = "null" if shown.unlimited else f"{shown.amount}.0"
    api = standing.total - standing.spend.vibe
    exact = organization.config.exact_totals
    fields = {
        "no_monthly_limit": json.dumps(shown.unlimited),
        "monthly_limit_reached": json.dumps(reached),
        "usage": _money(api, exact=exact),
        "vibe_usage": _money(standing.spend.vibe, exact=exact),
        "total_usage": _money(standing.total, exact=exact),
        "usage_limit": amount,
    }
    if organization.shape is Shape.JULY:
        fields["usage_limit_organization"] = amount
    # Written by hand: json.dumps would send Decimals through floats.
    inner = ",".join(f'"{name}":{text}' for name, text in fields.items())
    body = (
        f'{{"limits":{{"completion":{{{inner}}},'
        '"last_payment_failure":false,"last_payment_failure_protection":null,'
        f'"currency":{json.dumps(organization.currency)}}}}}'
    )
    return Outgoing(body=body.encode())


def _money(amount: Decimal, *, exact: bool) -> str:
    return f"{amount if exact else round(amount, 2):f}"


def asked_limit(body: bytes, present: Limit, max_amount: int | None) -> Limit:
    """Read NewUsageLimitIN; raise Invalid as FastAPI would refuse it."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Invalid(("body",), "json_invalid", "JSON decode error") from None
    if not isinstance(asked, dict):
        raise Invalid(("body",), "model_type", "Input should be an object", asked)
    unlimited = asked.get("no_monthly_limit", False)
    if not isinstance(unlimited, bool):
        where = ("body", "no_monthly_limit")
        raise Invalid(where, "bool_type", "Input should be a valid boolean", unlimited)
    amount = _asked_amount(asked)
    if max_amount is not None and amount > max_amount and not unlimited:
        message = f"Input should be less than or equal to {max_amount}"
        raise Invalid(("body", "amount"), "less_than_equal", message, amount)
    return Limit(amount=present.amount if unlimited else amount, unlimited=unlimited)


def _asked_amount(asked: dict[str, object]) -> int:
    where = ("body", "amount")
    if "amount" not in asked:
        raise Invalid(where, "missing", "Field required", asked)
    amount = asked["amount"]
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise Invalid(where, "int_type", "Input should be a valid integer", amount)
    if amount < 0:
        message = "Input should be greater than or equal to 0"
        raise Invalid(where, "greater_than_equal", message, amount)
    return amount


def rate_limit(organization: Organization) -> Outgoing:
    """Return RateLimitsOUT; a metric with few tokens a month shows 0 there."""
    metrics = sorted(
        {
            product.metric
            for product in organization.catalogue.products.values()
            if product.event_type == "api_tokens" and product.listed
        }
    )
    by_model = {
        metric: {
            "tokens_per_minute": 100_000 + 50_000 * place,
            "tokens_per_month": 4_000_000_000 * place,
        }
        for place, metric in enumerate(metrics)
    }
    as_list = [{"model": metric, **limits} for metric, limits in by_model.items()]
    return json_answer(
        {
            "requests_per_second": organization.config.requests_per_second,
            "tokens_limits_by_model": (
                as_list if organization.config.rate_limit_as_list else by_model
            ),
        }
    )


def workspaces(organization: Organization, request: Incoming) -> Outgoing:
    """Return a page of WorkspacesOut."""
    page = positive(request, "page", 1)
    size = positive(request, "page_size", 25)
    if size > _MAX_PAGE_SIZE:
        message = f"Input should be less than or equal to {_MAX_PAGE_SIZE}"
        raise Invalid(("query", "page_size"), "less_than_equal", message, str(size))
    archived = (request.one("is_archived") or "false").lower() in {"true", "1"}
    only = organization.config.archived_only
    search = (request.one("search") or "").lower()
    found = [
        workspace
        for workspace in organization.workspaces
        if search in workspace.name.lower()
        and (workspace.is_archived == archived if only else _is_in(workspace, archived))
    ]
    shown = found[(page - 1) * size : page * size]
    return json_answer(
        {
            "total": len(found),
            "items": [_workspace(organization, workspace) for workspace in shown],
            "object": "list",
            "page": page,
            "page_size": size,
        }
    )


def _is_in(workspace: Workspace, archived: bool) -> bool:  # noqa: FBT001 - the wire's own flag
    return archived or not workspace.is_archived


def _workspace(organization: Organization, workspace: Workspace) -> dict[str, object]:
    cap = workspace.spend_limit
    shown: dict[str, object] = {
        "uuid": organization.workspace_uuid(workspace.name),
        "name": workspace.name,
        "description": workspace.description,
        "icon": None,
        "is_default": workspace.is_default,
        "spend_limit": None,
    }
    if workspace.members_count is not None:
        shown["members_count"] = workspace.members_count
    if workspace.shows_spend_limit:
        shown["spend_limit"] = {
            "value": None if cap is None else float(cap),
            "currency": organization.currency,
            "no_monthly_limit": cap is None,
        }
    return shown


def audit_logs(
    organization: Organization, request: Incoming, now: datetime
) -> Outgoing:
    """Return the bare array of AuditLogOut, newest first unless asked otherwise."""
    after, before = moment(request, "after"), moment(request, "before")
    limit = positive(request, "limit", 20)
    visible_until = now - organization.config.audit_delay
    lines = [
        line
        for line in organization.book.audit
        if line.at <= visible_until
        and (after is None or line.at > after)
        and (before is None or line.at < before)
        and _matches(line, request)
    ]
    lines.sort(key=lambda line: line.log_id, reverse=_sort(request) == "descending")
    return json_answer([_audit_line(organization, line) for line in lines[:limit]])


def _matches(line: AuditLine, request: Incoming) -> bool:
    wanted = {
        "event_type": line.event_type,
        "actor_type": line.actor.kind,
        "target_type": line.target_type,
        "actor_user_uuid": line.actor.metadata["user_uuid"],
    }
    return all(
        not request.query.get(name) or value in request.query[name]
        for name, value in wanted.items()
    )


def _sort(request: Incoming) -> Literal["ascending", "descending"]:
    match request.one("sort"):
        case "ascending":
            return "ascending"
        case None | "descending":
            return "descending"
        case other:
            message = "Input should be 'ascending' or 'descending'"
            raise Invalid(("query", "sort"), "enum", message, other)


def _audit_line(organization: Organization, line: AuditLine) -> dict[str, object]:
    return {
        "created_at": rfc3339(line.at),
        "actor_type": line.actor.kind,
        "actor_metadata": line.actor.metadata,
        "event_type": line.event_type,
        "event_metadata": line.event_metadata,
        "target_type": line.target_type,
        "target_metadata": {"organization_uuid": organization.uuid},
        "log_id": line.log_id,
        "organization_uuid": organization.uuid,
        "workspace_uuid": None,
    }


def positive(request: Incoming, name: str, default: int) -> int:
    """Return a whole number above 0 from the query; Invalid otherwise."""
    text = request.one(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        message = "Input should be a valid integer"
        raise Invalid(("query", name), "int_parsing", message, text)
    if int(text) == 0:
        message = "Input should be greater than 0"
        raise Invalid(("query", name), "greater_than", message, text)
    return int(text)


def moment(request: Incoming, name: str) -> datetime | None:
    """Return an aware time from the query; Invalid if it is none."""
    text = request.one(name)
    if text is None:
        return None
    try:
        # A bare "+" in a query arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        message = "Input should be a valid datetime"
        raise Invalid(("query", name), "datetime_parsing", message, text) from None
    if at.tzinfo is None:
        message = "Input should have timezone info"
        raise Invalid(("query", name), "timezone_aware", message, text)
    return at


def rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
