"""Following a branch: what was in force, what was accepted, how it stands."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from service.domain.diagnosis import Diagnosis, Verdict
from service.domain.errors import Conflict, InvalidInput
from service.domain.following import ACCEPTED_FOR, Acceptance, Following, is_commit
from service.pipeline.examine_guard import examine_following
from service.pipeline.follow import (
    accept_history,
    commit_in_force,
    newest_acceptance,
)
from service.ports import Revision, Services
from tests.builders import NOON
from tests.fakes.policies import FixedPolicies
from tests.unit.pipeline.respond_world import World

TIP = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SINCE = datetime.fromisoformat("2026-08-20T11:00:00+00:00")
GOOD = Following(
    repository="https://git.example/p.git#main", commit=TIP, fetched_at=SINCE
)
AWAY = replace(GOOD, trouble="it did not answer in time", troubled_since=SINCE)


class Followed(FixedPolicies):
    """Policies of a branch that stands as a test says."""

    def __init__(self, services: Services, following: Following) -> None:
        super().__init__(services.policies.current())
        self._following = following
        self.looked = 0

    @override
    def look_now(self) -> None:
        self.looked += 1

    @override
    def following(self) -> Following | None:
        return self._following


def services_of(following: Following) -> tuple[Services, Followed]:
    services = World().services()
    source = Followed(services, following)
    return replace(services, policy_source=source), source


def examined(following: Following) -> Diagnosis:
    (found,) = examine_following(services_of(following)[0])
    return found


def test_a_folder_has_nothing_to_say_of_a_repository() -> None:
    assert list(examine_following(World().services())) == []


def test_how_a_repository_stands_is_told_with_since_when() -> None:
    assert examined(GOOD).verdict is Verdict.FINE
    assert TIP[:12] in examined(GOOD).said
    assert examined(AWAY).verdict is Verdict.UNREACHABLE
    assert "since 2026-08-20 11:00:00Z: it did not answer" in examined(AWAY).said
    assert examined(replace(AWAY, rewritten=TIP)).verdict is Verdict.FINDING


def test_an_accepted_history_is_looked_at_at_once_and_recorded_for_all() -> None:
    services, source = services_of(replace(AWAY, rewritten=TIP))

    accept_history(services, actor="user:ann", commit=TIP)

    acceptance = newest_acceptance(services.queries)
    assert acceptance is not None
    assert acceptance.commit == TIP
    assert source.looked == 1


def test_nothing_is_accepted_where_nothing_is_refused() -> None:
    services, _ = services_of(GOOD)
    with pytest.raises(Conflict, match="nothing to accept"):
        accept_history(services, actor="user:ann", commit=TIP)

    assert newest_acceptance(services.queries) is None


@pytest.mark.parametrize(
    ("services", "commit", "refusal", "told"),
    [
        (services_of(replace(AWAY, rewritten=TIP))[0], TIP[:12], InvalidInput, "full"),
        (services_of(replace(AWAY, rewritten=TIP))[0], "0" * 40, Conflict, TIP),
        (World().services(), TIP, Conflict, "SPENDGUARD_POLICIES_GIT is not set"),
    ],
)
def test_only_the_history_that_is_refused_can_be_accepted(
    services: Services, commit: str, refusal: type[Exception], told: str
) -> None:
    with pytest.raises(refusal, match=told):
        accept_history(services, actor="user:ann", commit=commit)

    assert newest_acceptance(services.queries) is None


@pytest.mark.parametrize(("source", "commit"), [("git", TIP), ("folder", None)])
def test_the_commit_in_force_is_that_of_the_last_good_policies_out_of_git(
    source: str, commit: str | None
) -> None:
    world = World()
    services = world.services()
    assert commit_in_force(services.queries) is None
    revision = Revision(
        revision="r1", loaded_at=NOON, source=source, commit=TIP, author=None, texts=()
    )
    with services.transaction() as unit:
        unit.save_revision(revision)

    assert commit_in_force(services.queries) == commit


@pytest.mark.parametrize(
    ("commit", "later", "is_good"),
    [
        (TIP, timedelta(0), True),
        (TIP, ACCEPTED_FOR, False),
        (TIP, timedelta(seconds=-1), False),
        ("0" * 40, timedelta(0), False),
    ],
)
def test_an_acceptance_is_of_one_commit_and_for_a_day(
    commit: str, later: timedelta, *, is_good: bool
) -> None:
    acceptance = Acceptance(commit=TIP, at=NOON, id="a")

    assert acceptance.is_good_for(commit, NOON + later) is is_good


@pytest.mark.parametrize(
    ("text", "whole"),
    [(TIP, True), ("a" * 64, True), (TIP[:39], False), ("main", False), ("", False)],
)
def test_only_a_whole_name_is_a_commit(text: str, *, whole: bool) -> None:
    assert is_commit(text) is whole
