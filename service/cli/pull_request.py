"""Where a pull request is talked about: the hosts, as their own runners name them.

Everything comes from the variables that GitHub Actions and GitLab CI set by themselves,
and from the token that the job is given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from service.domain.errors import InvalidInput

_GITHUB = "https://api.github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The comments on one pull request.

    `comments` lists and takes them, `comment` is an address with `{id}` that `verb`
    changes; a comment's author is the `id` under the key `author`. `me` asks who the
    token is, by GraphQL where that is `query`. Without a `token`, `variable` was empty;
    `right` is what it needs.
    """

    name: str
    comments: str
    comment: str
    verb: str
    author: str
    me: str
    query: str | None
    variable: str
    right: str
    token: str | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a comment goes: a thread, and what is written to where there is none.

    `why` says why there is no thread; `summary` is the file of the job's own page.
    """

    thread: Thread | None
    why: str = ""
    summary: Path | None = None


def place_of(environment: Mapping[str, str]) -> Place:
    """Tell where this job's comment goes; raise `InvalidInput` outside of a job."""
    if environment.get("GITHUB_ACTIONS"):
        return _github(environment)
    if environment.get("GITLAB_CI"):
        return _gitlab(environment)
    raise InvalidInput(
        "no job of GitHub Actions or GitLab CI runs here: `spendguard policy report`"
        " alone prints the comment"
    )


def _github(environment: Mapping[str, str]) -> Place:
    summary = environment.get("GITHUB_STEP_SUMMARY")
    file = Path(summary) if summary else None
    number = _number_of(environment)
    if number is None:
        return Place(thread=None, why="this job is of no pull request", summary=file)
    api = environment.get("GITHUB_API_URL") or _GITHUB
    repository = f"{api}/repos/{_needed(environment, 'GITHUB_REPOSITORY')}"
    token = environment.get("GITHUB_TOKEN") or None
    thread = Thread(
        name="GitHub",
        comments=f"{repository}/issues/{number}/comments",
        comment=f"{repository}/issues/comments/{{id}}",
        verb="PATCH",
        author="user",
        me=environment.get("GITHUB_GRAPHQL_URL") or f"{_GITHUB}/graphql",
        query="{ viewer { id: databaseId } }",
        variable="GITHUB_TOKEN",
        right="`pull-requests: write`, which the job of a fork never has",
        token=token,
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    return Place(thread=thread, summary=file)


def _number_of(environment: Mapping[str, str]) -> int | None:
    """Read which pull request a job is of from the event that started it."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        event = json.loads(Path(path).read_text("utf-8"))
        number = event["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


def _gitlab(environment: Mapping[str, str]) -> Place:
    number = environment.get("CI_MERGE_REQUEST_IID")
    if not number:
        return Place(thread=None, why="this job is of no merge request")
    api = _needed(environment, "CI_API_V4_URL")
    # Not CI_PROJECT_ID, which is the fork where the merge request comes from one.
    project = quote(_needed(environment, "CI_MERGE_REQUEST_PROJECT_ID"), safe="")
    notes = f"{api}/projects/{project}/merge_requests/{quote(number, safe='')}/notes"
    token = environment.get("GITLAB_TOKEN") or None
    thread = Thread(
        name="GitLab",
        comments=notes,
        comment=f"{notes}/{{id}}",
        verb="PUT",
        author="author",
        me=f"{api}/user",
        query=None,
        variable="GITLAB_TOKEN",
        right="the scope `api` and the role Reporter in the project",
        token=token,
        headers={"PRIVATE-TOKEN": f"{token}"},
    )
    return Place(thread=thread)


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise InvalidInput(f"{name} is not set, which the job's runner sets by itself")
    return value
