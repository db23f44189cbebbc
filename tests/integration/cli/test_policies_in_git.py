"""Commands over policies that are followed in git."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli, Place
from tests.integration.policy_files.git_peer import ACME, GUARD, Desk, git


@pytest.fixture
def desk(tmp_path: Path, place: Place) -> Desk:
    desk = Desk(tmp_path / "people")
    desk.publish(guard=GUARD, acme=ACME)
    place.variables.update(
        KEY="sg_test_key",
        URL="json://127.0.0.1:9/x",
        SPENDGUARD_POLICIES="policies",
        SPENDGUARD_POLICIES_GIT=desk.url,
        SPENDGUARD_POLICIES_GIT_FOLDER=str(tmp_path / "git"),
        # Commands ask the repository anew each second here.
        SPENDGUARD_POLICIES_GIT_INTERVAL="1",
    )
    return desk


def test_status_doctor_and_accept_tell_how_the_repository_stands(
    cli: Cli, desk: Desk
) -> None:
    assert cli("db", "upgrade").code == 0
    shown = cli("status").out
    commit = git(desk.checkout, "rev-parse", "HEAD")
    assert f"commit {commit[:12]} by Ann <ann@acme.example>" in shown
    assert f"following {desk.url}, last read 20" in shown
    assert f"{desk.url} at {commit[:12]}, read 20" in cli("doctor").out

    nothing = cli("policy", "accept", commit)
    assert nothing.code == 1
    assert "nothing to accept" in nothing.err


def test_without_a_repository_there_is_nothing_to_accept(cli: Cli) -> None:
    assert cli("db", "upgrade").code == 0

    ended = cli("policy", "accept", "0" * 40)

    assert ended.code == 1
    assert "SPENDGUARD_POLICIES_GIT is not set" in ended.err


def test_an_address_that_is_none_is_one_line_without_it(cli: Cli, place: Place) -> None:
    place.variables["SPENDGUARD_POLICIES_GIT"] = "http://a:sg_test_x@git.example/p"

    ended = cli("status")

    assert ended.code == 1
    assert "SPENDGUARD_POLICIES_GIT must be https://HOST/PATH" in ended.err
    assert "sg_test_x" not in ended.err
