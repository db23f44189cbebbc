"""What else a repository may hold: told by its name, and nothing half loaded."""

import os
import zlib
from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from tests.integration.policy_files.git_peer import (
    ACME,
    INTERVAL,
    Desk,
    Follower,
    git,
)

LFS = """\
version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""


def told(follower: Follower) -> list[str]:
    with pytest.raises(InvalidPolicies) as caught:
        follower.source().load()
    return [str(each) for each in caught.value.findings if not each.is_warning]


def put(desk: Desk, mode: str, name: str, content: str) -> None:
    """Put an entry into the next commit that no ordinary checkout would have."""
    made = git(desk.checkout, "hash-object", "-w", "--stdin", given=content)
    git(desk.checkout, "update-index", "--add", "--cacheinfo", f"{mode},{made},{name}")
    git(desk.checkout, "commit", "-q", "-m", "Add what nobody should")
    desk.push()


@pytest.mark.parametrize(
    ("entry", "content", "message"),
    [
        (
            ("120000", "policies/linked.yaml"),
            "/etc/passwd",
            "policies/linked.yaml:1:1: a symbolic link is not followed",
        ),
        (
            ("100644", "policies/big.yaml"),
            LFS,
            "policies/big.yaml:1:1: kept in Git LFS",
        ),
        (
            ("100644", "policies/huge.yaml"),
            "# " + "x" * (1 << 20),
            "policies/huge.yaml:1:1: a document over 1 MiB is refused",
        ),
        (
            ("100644", "policies/more.yml"),
            ACME,
            "policies/more.yml:1:1: files end in .yaml: rename it to more.yaml",
        ),
        (
            ("100644", "policies/deep/deeper/more.yaml"),
            ACME,
            "policies/deep:1:1: policies stand in the folder itself: move deep/deep",
        ),
    ],
)
def test_what_is_no_policy_is_refused_by_its_name(
    desk: Desk, follower: Follower, entry: tuple[str, str], content: str, message: str
) -> None:
    put(desk, *entry, content)

    (found,) = told(follower)
    assert found.startswith(message)


def test_a_submodule_in_the_folder_is_refused(desk: Desk, follower: Follower) -> None:
    head = git(desk.checkout, "rev-parse", "HEAD")
    line = f"160000,{head},policies/shared"
    git(desk.checkout, "update-index", "--add", "--cacheinfo", line)
    git(desk.checkout, "commit", "-q", "-m", "Share")
    desk.push()

    (found,) = told(follower)
    assert found.startswith("policies/shared:1:1: a submodule is not followed")


def test_a_name_that_is_no_text_is_refused(desk: Desk, follower: Follower) -> None:
    name = os.fsdecode(b"policies/a\xff.yaml")
    (desk.checkout / name).write_text(ACME)
    desk.publish()

    (found,) = told(follower)
    assert "a file's name must be UTF-8" in found


def test_a_text_that_is_no_utf_8_is_refused_by_its_line(
    desk: Desk, follower: Follower
) -> None:
    (desk.checkout / "policies" / "latin.yaml").write_bytes(b"version: 1\n# \xe9\n")
    desk.publish()

    assert told(follower) == ["policies/latin.yaml:2:1: not UTF-8"]


def test_tests_and_hidden_files_and_links_beside_the_folder_are_no_policy(
    desk: Desk, follower: Follower
) -> None:
    desk.write("policies/tests/acme.yaml", "given: nothing")
    desk.write("policies/.hidden.yaml", "{")
    desk.write("policies/notes.md", "Hello")
    (desk.checkout / "elsewhere").symlink_to("/etc")
    desk.publish()

    assert len(follower.source().load().policies) == 1


def test_nothing_of_the_repository_is_ever_run(
    desk: Desk, follower: Follower, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    desk.write(".gitattributes", "* filter=evil\n")
    desk.write(".gitmodules", "[submodule]\n")
    desk.publish()
    for name in ("post-update", "pre-receive", "reference-transaction"):
        hook = desk.remote / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {trace}\n")
        hook.chmod(0o755)
    git(desk.remote, "config", "uploadpack.packObjectsHook", f"touch {trace}")
    follower.source().load()
    (copy,) = follower.home.iterdir()

    assert not trace.exists()
    assert not (copy / "hooks").exists()


def test_what_a_git_that_was_killed_left_keeps_nobody_out(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    source.load()
    (copy,) = follower.home.iterdir()
    for name in ("refs/spendguard/fetched.lock", "packed-refs.lock", "config.lock"):
        (copy / name).touch()
    (copy / "objects" / "tmp_objdir-incoming-1").mkdir()
    (copy / "objects" / "pack").mkdir(exist_ok=True)
    (copy / "objects" / "pack" / "tmp_pack_1").touch()
    commit = desk.publish(acme=ACME.replace("50%", "60%"))
    follower.clock.advance(INTERVAL)

    assert source.load().commit == commit
    assert not list(copy.glob("objects/**/tmp_*"))


def test_a_text_that_is_not_what_the_commit_names_is_not_loaded(
    desk: Desk, follower: Follower
) -> None:
    source = follower.source()
    source.load()
    desk.publish(acme=ACME.replace("50%", "60%"))
    follower.clock.advance(INTERVAL)
    source.wait_for_change(INTERVAL * 0)
    name = git(desk.checkout, "rev-parse", "HEAD:policies/acme.yaml")
    (copy,) = follower.home.iterdir()
    loose = copy / "objects" / name[:2] / name[2:]
    other = ACME.replace("50%", "10%").encode()
    loose.parent.mkdir(exist_ok=True)
    loose.unlink(missing_ok=True)
    loose.write_bytes(zlib.compress(b"blob %d\0" % len(other) + other))

    with pytest.raises(InvalidPolicies, match="the copy is damaged"):
        source.load()
