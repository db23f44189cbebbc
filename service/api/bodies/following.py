"""The repository that policies are followed in, on the wire."""

from datetime import datetime

from pydantic import Field

from service.api.bodies.base import Body, Sent, example
from service.domain.following import Following

_COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class FollowingBody(Body):
    """How it stands with the repository; `trouble` is why it is not followed now.

    `commit` is the newest that is followed, `rewritten` one that is refused because it
    does not descend from that.
    """

    model_config = example(
        repository="https://git.example/finance/policies.git#main",
        commit=_COMMIT,
        fetched_at="2026-08-20T12:00:00Z",
        trouble=None,
        troubled_since=None,
        rewritten=None,
    )

    repository: str
    commit: str | None
    fetched_at: datetime | None
    trouble: str | None
    troubled_since: datetime | None
    rewritten: str | None


class AcceptHistory(Sent):
    """Which history to follow: the whole name of the commit it ends at."""

    model_config = example(commit=_COMMIT)

    commit: str = Field(max_length=64)


def following_body(following: Following) -> FollowingBody:
    """Give how it stands with a repository."""
    return FollowingBody(
        repository=following.repository,
        commit=following.commit,
        fetched_at=following.fetched_at,
        trouble=following.trouble,
        troubled_since=following.troubled_since,
        rewritten=following.rewritten,
    )
