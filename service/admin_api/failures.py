"""What went wrong with a request, in the words of the domain, without any secret.

An error of httpx is never quoted: some carry the request's headers. A body is
quoted in part, with the key taken out.
"""

import json
import re
from dataclasses import dataclass

import httpx

from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)

_LONGEST_QUOTE = 300
_TAGS = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL)
_HINTS = {
    401: "is the admin key right?",
    403: "is the key an admin key, and the organization entitled to the Admin API?",
    404: "is the base URL right?",
}

Verdict = tuple[type[ProviderError], str]

# Each error of httpx by name, or by the nearest class it descends from.
VERDICTS: dict[type[Exception], Verdict] = {
    httpx.ConnectTimeout: (ProviderUnavailable, "no connection in time"),
    httpx.ReadTimeout: (ProviderUnavailable, "no answer in time"),
    httpx.WriteTimeout: (ProviderUnavailable, "the request was not taken in time"),
    httpx.PoolTimeout: (ProviderUnavailable, "no free connection in time"),
    httpx.TimeoutException: (ProviderUnavailable, "no answer in time"),
    httpx.ConnectError: (
        ProviderUnavailable,
        "cannot connect (name, address or certificate)",
    ),
    httpx.ReadError: (ProviderUnavailable, "the connection broke"),
    httpx.WriteError: (ProviderUnavailable, "the connection broke"),
    httpx.CloseError: (ProviderUnavailable, "the connection broke"),
    httpx.NetworkError: (ProviderUnavailable, "the connection broke"),
    httpx.RemoteProtocolError: (
        ProviderUnavailable,
        "the answer was cut off, or is no HTTP",
    ),
    httpx.LocalProtocolError: (
        ProviderRejected,
        "the request cannot be written: are base URL and key free of odd characters?",
    ),
    httpx.ProtocolError: (ProviderUnavailable, "the answer is no HTTP"),
    httpx.ProxyError: (ProviderUnavailable, "the proxy refused"),
    httpx.UnsupportedProtocol: (
        ProviderRejected,
        "the base URL must begin with https:// or http://",
    ),
    httpx.InvalidURL: (ProviderRejected, "the base URL cannot be read"),
    httpx.DecodingError: (ProviderMalformed, "the answer's compression is broken"),
    httpx.TooManyRedirects: (ProviderRejected, "redirects are not followed"),
    httpx.HTTPStatusError: (ProviderUnavailable, "an unexpected status"),
    httpx.CookieConflict: (ProviderMalformed, "the answer's cookies clash"),
    httpx.StreamError: (ProviderUnavailable, "the connection broke"),
    httpx.TransportError: (ProviderUnavailable, "the connection broke"),
    httpx.RequestError: (ProviderUnavailable, "the request failed"),
    httpx.HTTPError: (ProviderUnavailable, "the request failed"),
}
NETWORK_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which request an error is about; `secret` is taken out of what is quoted."""

    method: str
    path: str
    secret: str

    @property
    def route(self) -> str:
        """`GET /usage`."""
        return f"{self.method} {self.path}"

    def error(
        self, kind: type[ProviderError], sentence: str, status: int | None = None
    ) -> ProviderError:
        """Make an error that names this request."""
        return kind(f"{self.route}: {sentence}", route=self.route, status=status)


def verdict_on(error: Exception) -> Verdict:
    """Give the kind of an error of httpx and a sentence that quotes nothing."""
    nearest = next(kind for kind in type(error).__mro__ if kind in VERDICTS)
    return VERDICTS[nearest]


def failure_of(place: Place, error: Exception) -> ProviderError:
    """Translate an error of httpx."""
    kind, sentence = verdict_on(error)
    return place.error(kind, sentence)


def refusal(
    place: Place, status: int, body: bytes, location: str | None
) -> ProviderError:
    """Translate a status that is not 2xx: 3xx and 4xx are a no, others a perhaps."""
    if status in range(300, 400):
        return place.error(ProviderRejected, _redirect(status, location), status)
    said = quote(body, place.secret)
    hint = _HINTS.get(status, "")
    sentence = ": ".join(part for part in (f"status {status}", said, hint) if part)
    kind = ProviderRejected if status in range(400, 500) else ProviderUnavailable
    return place.error(kind, sentence, status)


def _redirect(status: int, location: str | None) -> str:
    try:
        target = httpx.URL(location or "")
        where = f" to {target.scheme}://{target.host}" if target.host else ""
    except httpx.InvalidURL:
        where = ""
    return (
        f"status {status}, a redirect{where}; it is not followed, because the key"
        " would go along: is the base URL right?"
    )


def quote(body: bytes, secret: str) -> str:
    """Give what an error body says, in one short line without the secret."""
    text = _message(body).replace(secret, "***") if secret else _message(body)
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    if len(line) <= _LONGEST_QUOTE:
        return line
    return f"{line[: _LONGEST_QUOTE - 1]}…"


def _message(body: bytes) -> str:
    text = body.decode("utf-8", errors="replace")
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return _TAGS.sub(" ", text)
    found = _from_json(value)
    return text if found is None else found


def _from_json(value: object) -> str | None:
    """Look for `message` or `detail`, as text or as FastAPI's list of findings."""
    match value:
        case {"message": str(message)} if message:
            return message
        case {"detail": str(detail)} if detail:
            return detail
        case {"detail": [*findings]} if findings:
            return "; ".join(_finding(finding) for finding in findings)
        case {"error": inner} | {"message": inner} | {"detail": inner}:
            return inner if isinstance(inner, str) else _from_json(inner)
        case _:
            return None


def _finding(finding: object) -> str:
    match finding:
        case {"loc": [*loc], "msg": str(message)}:
            return f"{'.'.join(map(str, loc))}: {message}"
        case {"msg": str(message)}:
            return message
        case _:
            return str(finding)
