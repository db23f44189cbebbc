"""Policies of a branch: forwards only, as the commit says, whoever is in the way."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from service.domain.following import UNREACHABLE_AFTER, Acceptance
from tests.integration.policy_files.git_peer import (
    ACME,
    ANN,
    ENVIRONMENT,
    GUARD,
    INTERVAL,
    Desk,
    Follower,
    findings,
    git,
)

AT_ONCE = timedelta(0)


def test_a_set_names_the_commit_and_its_author(desk: Desk, follower: Follower) -> None:
    policies = follower.source().load()

    assert [each.policy.id for each in policies.policies] == ["acme-monthly"]
    assert policies.commit == git(desk.checkout, "rev-parse", "HEAD")
    assert policies.author == ANN
    assert policies.source == "git"
    assert policies.guard.organizations[0].api_key.get_secret_value() == "sg_test_key"


def test_the_copy_is_for_its_owner_alone(follower: Follower) -> None:
    follower.source().load()

    (copy,) = follower.home.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o700
    assert follower.home.stat().st_mode & 0o777 == 0o700


def test_a_push_is_seen_within_an_interval_and_not_before(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    before = source.load()
    commit = desk.publish(acme=ACME.replace("50%", "60%"))

    follower.clock.advance(INTERVAL - timedelta(seconds=1))
    assert not source.wait_for_change(AT_ONCE)
    follower.clock.advance(timedelta(seconds=1))
    assert source.wait_for_change(AT_ONCE)

    after = source.load()
    assert after.commit == commit
    assert after.revision != before.revision
    assert not source.wait_for_change(AT_ONCE)


def test_a_word_lets_the_repository_be_asked_at_once_but_not_ceaselessly(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    source.load()
    commit = desk.publish(acme=ACME.replace("50%", "60%"))

    source.look_now()
    assert not source.wait_for_change(AT_ONCE)
    follower.clock.advance(timedelta(seconds=2))
    assert source.wait_for_change(AT_ONCE)

    assert source.load().commit == commit


def test_what_another_process_fetched_is_taken_without_asking_again(
    desk: Desk, follower: Follower
) -> None:
    service, command = follower.source(), follower.source()
    service.load()
    commit = desk.publish(acme=ACME.replace("50%", "60%"))
    follower.clock.advance(INTERVAL)

    assert command.load().commit == commit

    assert service.wait_for_change(AT_ONCE)
    assert service.load().commit == commit


def test_a_commit_beside_the_policies_does_not_change_who_wrote_them(
    desk: Desk, follower: Follower
) -> None:
    before = git(desk.checkout, "rev-parse", "HEAD")
    desk.write("README.md", "Hello")
    tip = desk.publish()
    source = follower.source()

    assert source.load().commit == before
    assert source.following().commit == tip


def test_what_is_broken_is_named_by_file_line_and_commit(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    source.load()
    commit = desk.publish(acme=ACME.replace("spend: 50%", "spent: 50%"))
    follower.clock.advance(INTERVAL)

    with pytest.raises(InvalidPolicies) as caught:
        source.load()

    (finding, *_) = caught.value.findings
    assert str(finding).startswith("policies/acme.yaml:7:20: unknown key `spent`")
    assert (caught.value.commit, caught.value.author) == (commit, ANN)


def rewrite(desk: Desk) -> str:
    git(desk.checkout, "commit", "-q", "--amend", "-m", "As if it had always been")
    desk.push("--force")
    return git(desk.checkout, "rev-parse", "HEAD")


def test_a_rewritten_history_is_refused_until_a_person_accepts_it(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    before = source.load()
    desk.write("policies/acme.yaml", ACME.replace("50%", "99%"))
    git(desk.checkout, "add", "-A")
    tip = rewrite(desk)
    follower.clock.advance(INTERVAL)

    (told,) = findings(source)
    assert "the history was rewritten, which is refused" in told
    assert f"descends from {(before.commit or '')[:12]}" in told
    assert f"spendguard policy accept {tip}" in told
    assert source.following().rewritten == tip
    assert source.following().commit == before.commit

    follower.acceptance = Acceptance(commit=tip, at=follower.clock.now(), id="1")
    follower.clock.advance(INTERVAL)

    assert source.wait_for_change(AT_ONCE)
    assert source.load().commit == tip
    assert source.following().reason is None


def test_an_acceptance_counts_once_for_its_commit_and_for_a_day(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    source.load()
    first = rewrite(desk)
    follower.acceptance = Acceptance(commit=first, at=follower.clock.now(), id="1")
    follower.clock.advance(INTERVAL)
    source.load()
    desk.publish(acme=ACME.replace("50%", "60%"))
    follower.clock.advance(INTERVAL)
    source.load()

    git(desk.checkout, "reset", "-q", "--hard", first)
    desk.push("--force")
    follower.clock.advance(INTERVAL)
    assert "rewritten" in findings(source)[0]

    follower.acceptance = Acceptance(commit=first, at=follower.clock.now(), id="2")
    follower.clock.advance(timedelta(days=1))
    assert "rewritten" in findings(source)[0]

    follower.acceptance = Acceptance(commit="0" * 40, at=follower.clock.now(), id="3")
    follower.clock.advance(INTERVAL)
    assert "rewritten" in findings(source)[0]


def test_a_new_copy_holds_the_branch_against_what_is_in_force(
    desk: Desk, follower: Follower
) -> None:
    follower.in_force = git(desk.checkout, "rev-parse", "HEAD")
    rewrite(desk)

    assert "rewritten" in findings(follower.source())[0]


def test_a_history_pushed_back_is_followed_again(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    before = source.load()
    rewrite(desk)
    follower.clock.advance(INTERVAL)
    findings(source)

    git(desk.checkout, "reset", "-q", "--hard", before.commit or "")
    desk.push("--force")
    follower.clock.advance(INTERVAL)

    assert source.load().commit == before.commit


def test_who_never_answers_is_given_up_and_told_after_a_quarter_of_an_hour(
    follower: Follower, tmp_path: Path
) -> None:
    source = follower.source()
    before = source.load()
    hanging = tmp_path / "bin"
    hanging.mkdir()
    (hanging / "git").write_text("#!/bin/sh\nsleep 600 & wait\n")
    (hanging / "git").chmod(0o755)
    follower.environment["PATH"] = f"{hanging}:{ENVIRONMENT['PATH']}"
    follower.patience_seconds = 0.2
    source = follower.source()
    follower.clock.advance(INTERVAL)
    assert (source.following().commit, source.following().reason) == (
        before.commit,
        None,
    )
    source.wait_for_change(AT_ONCE)
    assert "it did not answer in time" in (source.following().reason or "")

    follower.clock.advance(UNREACHABLE_AFTER)

    assert "did not answer in time" in findings(source)[0]


def test_a_branch_that_was_deleted_is_told_at_once(
    desk: Desk, follower: Follower
) -> None:
    follower.url = f"{desk.url}#main"
    source = follower.source()
    source.load()
    git(desk.remote, "update-ref", "-d", "refs/heads/main")
    follower.clock.advance(INTERVAL)

    (told,) = findings(source)
    assert "#main:1:1: since " in told
    assert "the branch is not there: was it deleted or renamed?" in told


def test_a_repository_that_is_not_there_is_named(
    desk: Desk, follower: Follower
) -> None:
    follower.url = f"file://{desk.folder}/none.git"

    assert "no such repository" in findings(follower.source())[0]


def test_without_git_it_is_one_clear_line(follower: Follower, tmp_path: Path) -> None:
    follower.environment["PATH"] = str(tmp_path)

    (told,) = findings(follower.source())
    assert "there is no git program here: install git" in told


def test_a_copy_that_cannot_be_kept_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    follower = Follower(desk, tmp_path / "file" / "git")

    (told,) = findings(follower.source())
    assert "cannot be kept: Not a directory" in told


def test_the_repository_itself_may_be_the_folder(
    tmp_path: Path, follower: Follower
) -> None:
    desk = Desk(tmp_path / "others")
    desk.write("guard.yaml", GUARD)
    desk.write("acme.yaml", ACME)
    desk.publish()
    follower.url, follower.folder = desk.url, ""

    assert len(follower.source().load().policies) == 1


def test_a_folder_that_is_not_there_is_named(follower: Follower) -> None:
    follower.folder = "budgets/2026"

    (told, *_) = findings(follower.source())
    assert told.startswith("budgets/2026:1:1: commit ")
    assert "SPENDGUARD_POLICIES names the folder inside the repository" in told


def test_a_secret_read_from_a_file_that_changes_is_read_again(
    desk: Desk, follower: Follower, tmp_path: Path
) -> None:
    secret = tmp_path / "key"
    secret.write_text("sg_test_one")
    desk.publish(guard=GUARD.replace("${KEY}", f"${{file:{secret}}}"))
    source = follower.source()
    source.load()

    secret.write_text("sg_test_another")

    assert source.wait_for_change(AT_ONCE)
    (organization,) = source.load().guard.organizations
    assert organization.api_key.get_secret_value() == "sg_test_another"
