"""What a person accepts of a repository's history, and for how long."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.following import Acceptance, Following, is_commit
from tests.builders import DAY, MINUTE, NOON

COMMIT = "0123456789abcdef" * 2 + "01234567"
ACCEPTED = Acceptance(commit=COMMIT, at=NOON, id="a1")
FOLLOWED = Following(repository="git@host:policies", commit=COMMIT, fetched_at=NOON)


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        (COMMIT, True),
        ("0123456789abcdef" * 4, True),
        (COMMIT[:-1], False),
        (COMMIT + "0", False),
        (COMMIT.upper(), False),
        (COMMIT + "\n", False),
        ("main", False),
        ("", False),
    ],
)
def test_only_the_whole_name_of_a_commit_is_one(text: str, *, is_whole: bool) -> None:
    assert is_commit(text) is is_whole


@pytest.mark.parametrize(
    ("commit", "after", "is_good"),
    [
        (COMMIT, timedelta(0), True),
        (COMMIT, DAY - MINUTE, True),
        (COMMIT, DAY, False),
        (COMMIT, -MINUTE, False),
        (COMMIT[::-1], MINUTE, False),
    ],
)
def test_a_history_is_accepted_as_it_stands_for_a_day(
    commit: str, after: timedelta, *, is_good: bool
) -> None:
    assert ACCEPTED.is_good_for(commit, NOON + after) is is_good


@pytest.mark.parametrize(
    ("trouble", "since", "reason"),
    [
        ("no answer", NOON, "since 2026-08-20 12:00:00Z: no answer"),
        (None, NOON, None),
        ("no answer", None, None),
    ],
)
def test_trouble_is_told_with_its_beginning(
    trouble: str | None, since: datetime | None, reason: str | None
) -> None:
    known = replace(FOLLOWED, trouble=trouble, troubled_since=since)

    assert known.reason == reason
