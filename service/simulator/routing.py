"""Which path is which operation, in both prefixes and both dialects."""

from service.simulator.configuration import Dialect, Header, Switches
from service.simulator.exchange import Incoming, Route

_PLAIN = {
    "/usage": {"GET": Route.USAGE},
    "/spend-limit": {"GET": Route.SPEND_LIMIT, "POST": Route.SET_SPEND_LIMIT},
    "/rate-limit": {"GET": Route.RATE_LIMIT},
    "/workspaces": {"GET": Route.WORKSPACES},
    "/audit-logs": {"GET": Route.AUDIT_LOGS},
}
_ANALYTICS = {
    Dialect.LECHAT: {
        "/analytics/lechat/usage/by_user_stats": Route.WORK_BY_USER,
        "/analytics/lechat/usage/by_agent_stats": Route.WORK_BY_AGENT,
        "/analytics/lechat/usage/by_time_stats": Route.WORK_BY_TIME,
        "/analytics/vibe/usage/by_workspace": Route.CODE_BY_WORKSPACE,
        "/analytics/vibe/usage/by_organization": Route.CODE_BY_ORGANIZATION,
    },
    Dialect.WORK: {
        "/analytics/vibe/work/usage/by_user_stats": Route.WORK_BY_USER,
        "/analytics/vibe/work/usage/by_agent_stats": Route.WORK_BY_AGENT,
        "/analytics/vibe/work/usage/by_time_stats": Route.WORK_BY_TIME,
        "/analytics/vibe/code/usage/by_workspace": Route.CODE_BY_WORKSPACE,
        "/analytics/vibe/code/usage/by_organization": Route.CODE_BY_ORGANIZATION,
    },
}


def methods_of(path: str, switches: Switches) -> dict[str, Route]:
    """Return the operations of a path by method; none means 404."""
    for prefix in switches.prefixes:
        if not path.startswith(f"{prefix}/"):
            continue
        rest = path.removeprefix(prefix)
        if rest in _PLAIN:
            return _PLAIN[rest]
        for dialect in switches.dialects:
            if rest in _ANALYTICS[dialect]:
                return {"GET": _ANALYTICS[dialect][rest]}
    return {}


def keys_of(request: Incoming, switches: Switches) -> list[str]:
    """Return every key the request carries in a header that is accepted."""
    keys = []
    if Header.X_API_KEY in switches.headers:
        keys.append(request.headers.get("x-api-key", ""))
    if Header.BEARER in switches.headers:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            keys.append(token.strip())
    return [key for key in keys if key]
