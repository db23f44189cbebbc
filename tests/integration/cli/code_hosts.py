"""GitHub and GitLab as far as a comment needs them, on a port of this machine."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import Quiet, answering

ME = 41898282
STRANGER = 7
TOKEN = "sg_test_host_token"  # noqa: S105 - made up
PAGE = re.compile(r"\?per_page=(\d+)&page=(\d+)$")


@dataclass(slots=True)
class Said:
    """A comment: its id, whose it is, and what it says."""

    id: int
    author: int
    body: str


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    verb: str
    path: str
    token: str


@dataclass
class CodeHost:
    """The comments of one pull request, and how the host behaves.

    `refusals` are answers given instead, once each: verb → status, headers, body.
    """

    comments: list[Said] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def github(self, event: str, **more: str) -> dict[str, str]:
        """Give the variables of a job on GitHub."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_REPOSITORY": "acme/policies",
            "GITHUB_EVENT_PATH": event,
            "GITHUB_TOKEN": TOKEN,
            **more,
        }

    def gitlab(self, **more: str) -> dict[str, str]:
        """Give the variables of a job on GitLab."""
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_MERGE_REQUEST_PROJECT_ID": "11",
            "CI_MERGE_REQUEST_IID": "5",
            "GITLAB_TOKEN": TOKEN,
            **more,
        }

    def answer(self, verb: str, path: str, body: Any) -> object:  # noqa: ANN401 - any JSON
        """Answer as both hosts do; None is a path that neither has."""
        if path == "/graphql" and "viewer" in body["query"]:
            return {"data": {"viewer": {"id": ME}}}
        if path == "/api/v4/user":
            return {"id": ME, "username": "project_11_bot"}
        page = PAGE.search(path)
        bare = PAGE.sub("", path)
        if bare in {
            "/repos/acme/policies/issues/5/comments",
            "/api/v4/projects/11/merge_requests/5/notes",
        }:
            if verb == "POST":
                self.comments.append(Said(900 + len(self.comments), ME, body["body"]))
                return self.shown(self.comments[-1])
            assert page is not None
            size, number = int(page[1]), int(page[2])
            some = self.comments[size * (number - 1) : size * number]
            return [self.shown(each) for each in some]
        return self.changed(bare, body["body"]) if verb in {"PATCH", "PUT"} else None

    def changed(self, path: str, body: str) -> object:
        for prefix in (
            "/repos/acme/policies/issues/comments/",
            "/api/v4/projects/11/merge_requests/5/notes/",
        ):
            for each in self.comments:
                if path == f"{prefix}{each.id}":
                    each.body = body
                    return self.shown(each)
        return None

    @staticmethod
    def shown(said: Said) -> dict[str, object]:
        whose = {"id": said.author}
        return {"id": said.id, "body": said.body, "user": whose, "author": whose}


@contextmanager
def hosting() -> Iterator[CodeHost]:
    host = CodeHost()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def reply(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            token = str(
                self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization")
            )
            verb = self.command
            host.asked.append(Asked(verb, self.path, token.removeprefix("Bearer ")))
            if verb in host.refusals:
                status, headers, text = host.refusals.pop(verb)
                self.send(status, headers, text)
                return
            said = host.answer(verb, self.path, body)
            self.send(404 if said is None else 200, {}, json.dumps(said))

        def send(self, status: int, headers: dict[str, str], text: str) -> None:
            content = text.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = reply  # noqa: N815 - as the library calls them

    with answering(Handler) as port:
        host.port = port
        yield host
