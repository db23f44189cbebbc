"""Error bodies in the shapes the provider is known or thought to use."""

from collections.abc import Mapping

from service.simulator.exchange import Outgoing, json_answer

_BODIES: dict[int, object] = {
    401: {"detail": "Unauthorized"},
    402: {"detail": "Check your subscription on https://admin.mistral.ai/subscription"},
    403: {
        "object": "error",
        "message": "This API key is not allowed to access the Admin API",
        "type": "forbidden",
        "param": None,
        "code": None,
    },
    404: {"detail": "Not Found"},
    405: {"detail": "Method Not Allowed"},
    429: {
        "object": "error",
        "message": "Rate limit exceeded",
        "type": "rate_limited",
        "param": None,
        "code": "1300",
        "raw_status_code": 429,
    },
}
_TITLES = {
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


def refuse(status: int, headers: Mapping[str, str] | None = None) -> Outgoing:
    """Return the error answer for a status; the gateway's own speak HTML."""
    body = _BODIES.get(status)
    if body is not None:
        return json_answer(body, status=status, headers=headers)
    title = _TITLES.get(status, f"{status}")
    page = f"<html><body><h1>{title}</h1></body></html>"
    return Outgoing(
        status=status,
        body=page.encode(),
        content_type="text/html",
        headers=headers or {},
    )


class Invalid(Exception):
    """A value that FastAPI's validation would refuse with 422."""

    def __init__(
        self, where: tuple[str, ...], kind: str, message: str, value: object = None
    ) -> None:
        super().__init__(message)
        self.detail = {
            "loc": list(where),
            "msg": message,
            "type": kind,
            "input": value,
        }


def invalid_answer(error: Invalid) -> Outgoing:
    """Return the 422 answer of a FastAPI service."""
    return json_answer({"detail": [error.detail]}, status=422)
