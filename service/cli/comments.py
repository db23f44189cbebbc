"""Comments on a pull request, over the host's API: the one that is ours, or a new one.

Ours is found by its first line and by its author: somebody else's comment that begins
in the same way is left alone, for they could change what it says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from service.cli.output import harmless
from service.cli.pull_request import Thread
from service.domain.errors import (
    AccessDenied,
    NotAuthenticated,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)

_PAGE = 100
# Ten thousand comments: no pull request is read for ever.
_MOST_PAGES = 100
_PATIENCE_SECONDS = 30.0
_LONGEST = 200


def post(thread: Thread, marker: str, text: str) -> str:
    """Write the comment and say what was done.

    Raises `AccessDenied` where the token may only read, `NotAuthenticated` where it is
    none, and a `ProviderError` where the host does not answer as it should.
    """
    with httpx.Client(headers=thread.headers, timeout=_PATIENCE_SECONDS) as client:
        return _Desk(thread, client).leave(marker, text)


@dataclass(frozen=True, slots=True)
class _Desk:
    thread: Thread
    client: httpx.Client = field(repr=False)

    def leave(self, marker: str, text: str) -> str:
        """Change our comment, or make it; say which."""
        thread = self.thread
        found = self._ours(marker)
        if found is None:
            self._ask("POST", thread.comments, {"body": text})
            return f"commented on {thread.name}"
        self._ask(thread.verb, thread.comment.format(id=found), {"body": text})
        return f"wrote the comment on {thread.name} anew"

    def _ours(self, marker: str) -> int | None:
        marked = [
            each
            for each in self._comments()
            if str(each.get("body", "")).startswith(marker)
        ]
        if not marked:
            return None
        me = self._me()
        for each in marked:
            author = each.get(self.thread.author)
            if isinstance(author, dict) and author.get("id") == me:
                return int(each["id"])
        return None

    def _comments(self) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            url = f"{self.thread.comments}?per_page={_PAGE}&page={page}"
            items = self._ask("GET", url)
            if not isinstance(items, list):
                raise ProviderRejected(f"{self.thread.name} gave no list of comments")
            yield from (each for each in items if isinstance(each, dict))
            if len(items) < _PAGE:
                return

    def _me(self) -> int:
        query = self.thread.query
        if query is None:
            said = self._ask("GET", self.thread.me)
        else:
            said = self._ask("POST", self.thread.me, {"query": query})
        try:
            me = said["id"] if query is None else said["data"]["viewer"]["id"]
            return int(me)
        except (KeyError, TypeError, ValueError):
            raise ProviderRejected(
                f"{self.thread.name} did not say whose {self.thread.variable} is"
            ) from None

    def _ask(self, verb: str, url: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - any JSON
        try:
            answer = self.client.request(verb, url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderUnavailable(
                f"{self.thread.name} does not answer ({type(error).__name__}): run the"
                " job again"
            ) from None
        said = _json_of(answer)
        if answer.is_success:
            return said
        raise _refusal(self.thread, answer, said)


def _json_of(answer: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    try:
        return answer.json()
    except ValueError:
        return {}


def _refusal(
    thread: Thread, answer: httpx.Response, said: object
) -> AccessDenied | ProviderError:
    """Tell a token that may not from a host that cannot, and say what to do."""
    message = str(said.get("message", "")) if isinstance(said, dict) else ""
    detail = f"{answer.status_code} {harmless(message)[:_LONGEST]}".strip()
    if _is_throttled(answer):
        return ProviderUnavailable(
            f"{thread.name} wants fewer requests ({detail}): run the job again later"
        )
    match answer.status_code:
        case 401:
            return NotAuthenticated(
                f"{thread.name} does not take {thread.variable} ({detail}): give the"
                " job a token that is not expired or revoked"
            )
        case 403 | 404:
            # A token without the right is answered 404 where a thread is not public.
            return AccessDenied(
                f"{thread.variable} may not comment here ({detail}): it needs"
                f" {thread.right}"
            )
        case status if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return ProviderUnavailable(
                f"{thread.name} failed ({detail}): run the job again"
            )
        case _:
            return ProviderRejected(f"{thread.name} refused the comment: {detail}")


def _is_throttled(answer: httpx.Response) -> bool:
    is_spent = answer.headers.get("x-ratelimit-remaining") == "0"
    is_told = "retry-after" in answer.headers
    return answer.status_code == httpx.codes.TOO_MANY_REQUESTS or (
        answer.status_code == httpx.codes.FORBIDDEN and (is_spent or is_told)
    )
