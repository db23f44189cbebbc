"""A folder on disk: what is read, what is refused, and what counts as a change."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from service.domain.policy_set import PolicySource
from service.policy_files import PolicyFolder
from tests.fakes import FakeClock
from tests.policies.shipped import ENVIRONMENT

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
AT_ONCE = timedelta(0)
GUARD = """\
version: 1
organizations:
  - {name: acme, api_key: "${MISTRAL_ADMIN_API_KEY}", currency: EUR}
channels:
  - {name: finops, url: "${SLACK_URL}"}
default_channels: [finops]
"""
ACME = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000.10, currency: EUR}
    thresholds: [{id: half, spend: 50%}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "policies"
    path.mkdir()
    (path / "guard.yaml").write_text(GUARD)
    (path / "acme.yaml").write_text(ACME)
    return path


def source_of(folder: Path, **environment: str) -> PolicyFolder:
    return PolicyFolder(folder, {**ENVIRONMENT, **environment}, FakeClock(NOON))


def findings_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidPolicies) as refused:
        source_of(folder).load()
    return [str(each).removeprefix(f"{folder}/") for each in refused.value.findings]


def test_a_folder_is_read_with_the_places_of_its_policies(folder: Path) -> None:
    policies = source_of(folder).load()

    (declared,) = policies.policies
    assert (declared.file, declared.line) == ("acme.yaml", 3)
    assert declared.source is PolicySource.FILE
    assert str(declared.policy.budget.amount) == "5000.10"
    assert policies.loaded_at == NOON
    assert policies.source == "folder"
    secret = policies.guard.organizations[0].api_key.get_secret_value()
    assert secret == "sg_test_acme"  # noqa: S105 - a test's


def test_texts_are_kept_unexpanded_and_read_back_the_same(folder: Path) -> None:
    source = source_of(folder)
    policies = source.load()

    again = source.parse(policies.texts)

    assert "sg_test" not in str(policies.texts)
    assert again.revision == policies.revision
    assert again.guard == policies.guard
    assert again.policies == policies.policies


def test_a_draft_looks_nothing_up_and_misses_nothing(folder: Path) -> None:
    guard = (folder / "guard.yaml").read_text("utf-8")
    for reference in ("${ACME_KEY}", "${file:/dev/zero}", "${not stored}"):
        text = guard.replace("${MISTRAL_ADMIN_API_KEY}", reference)

        policies = source_of(folder).draft([("guard.yaml", text)])

        secret = policies.guard.organizations[0].api_key.get_secret_value()
        assert secret.startswith("unset://")


def test_a_draft_is_refused_for_a_reference_that_is_none(folder: Path) -> None:
    guard = (folder / "guard.yaml").read_text("utf-8")
    text = guard.replace("${MISTRAL_ADMIN_API_KEY}", "${not a name}")

    with pytest.raises(InvalidPolicies):
        source_of(folder).draft([("guard.yaml", text)])


def test_a_policy_put_over_the_api_is_marked_so(folder: Path) -> None:
    source = source_of(folder)
    text = """\
id: beta
organization: acme
budget: {amount: 1, currency: EUR}
thresholds: [{id: a, spend: 1}]
"""

    policies = source.parse([*source.load().texts, ("api/beta.yaml", text)])

    declared = policies.declared("beta")
    assert declared is not None
    assert (declared.source, declared.file) == (PolicySource.API, None)


def test_a_policy_put_over_the_api_may_stand_in_a_list(folder: Path) -> None:
    source = source_of(folder)
    text = ACME.replace("acme-monthly", "beta")

    policies = source.parse([*source.load().texts, ("api/beta.yaml", text)])

    assert policies.declared("beta") is not None


def test_what_is_no_policy_is_left_alone(folder: Path) -> None:
    for name in (".hidden.yaml", "README.md", "notes.yaml.bak", "guard.schema.json"):
        (folder / name).write_text("not: [policy")
    for name in ("tests", ".git", "charts"):
        (folder / name).mkdir()
        (folder / name / "readme.txt").write_text("text")
    (folder / "tests" / "acme.yaml").write_text("not: [policy")
    (folder / "charts" / ".hidden").mkdir()
    (folder / "charts" / ".hidden" / "a.yaml").write_text("not: [policy")

    assert len(source_of(folder).load().texts) == 2


def test_what_was_meant_as_policy_is_never_passed_over(folder: Path) -> None:
    (folder / "beta.yml").write_text(ACME)
    (folder / "Gamma.YAML").write_text(ACME)
    (folder / "teams").mkdir()
    (folder / "teams" / "delta.yml").write_text(ACME)
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "latin.yaml").write_bytes("version: 1\ntitle: caf\xe9".encode("latin-1"))
    (folder / "huge.yaml").write_bytes(b"# \xff" + b"x" * (1 << 20))

    assert findings_of(folder) == [
        "Gamma.YAML:1:1: files end in .yaml: rename it to Gamma.yaml",
        "beta.yml:1:1: files end in .yaml: rename it to beta.yaml",
        "gone.yaml:1:1: cannot be read: No such file or directory",
        "huge.yaml:1:1: a document over 1 MiB is refused",
        "latin.yaml:2:1: not UTF-8",
        "teams:1:1: policies stand in the folder itself: move teams/delta.yml up",
    ]


def test_a_folder_without_a_guard_or_none_at_all_is_refused(folder: Path) -> None:
    (folder / "guard.yaml").unlink()

    assert findings_of(folder) == [
        "guard.yaml:1:1: missing: it names organizations and channels"
    ]
    assert "No such file" in findings_of(folder / "nowhere")[0]


def test_a_folder_that_is_called_like_a_file_is_refused(folder: Path) -> None:
    (folder / "odd.yaml").mkdir()

    assert findings_of(folder) == ["odd.yaml:1:1: cannot be read: Is a directory"]


def test_all_findings_of_all_files_come_at_once(folder: Path) -> None:
    (folder / "guard.yaml").write_text(GUARD.replace("currency", "curency"))
    (folder / "acme.yaml").write_text(ACME.replace("spend", "spned"))
    (folder / "beta.yaml").write_text(ACME)

    told = findings_of(folder)

    assert [each.split(":")[0] for each in told] == [
        "acme.yaml",
        "beta.yaml",
        "guard.yaml",
        "guard.yaml",
    ]
    assert f"the first at {folder}/acme.yaml:3:9" in told[1]


def test_a_refused_folder_is_refused_again_with_its_texts(folder: Path) -> None:
    (folder / "acme.yaml").write_text("version: 2\npolicies: []\n")
    source = source_of(folder)

    for _ in range(2):
        with pytest.raises(InvalidPolicies) as refused:
            source.load()
        assert [name for name, _ in refused.value.texts] == ["acme.yaml", "guard.yaml"]


def test_an_unchanged_folder_gives_the_same_set(folder: Path) -> None:
    source = source_of(folder)

    assert source.load() is source.load()
    assert not source.wait_for_change(AT_ONCE)
    assert not source.wait_for_change(timedelta(seconds=0.3))


def test_before_the_first_load_everything_is_a_change(folder: Path) -> None:
    assert source_of(folder).wait_for_change(AT_ONCE)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / "acme.yaml").write_text(ACME.replace("50%", "60%")),
        lambda f: (f / "beta.yaml").write_text("version: 1\npolicies: []\n"),
        lambda f: (f / "acme.yaml").unlink(),
        lambda f: (f / "beta.yml").write_text(""),
        lambda f: (f / "teams").mkdir(),
        lambda f: f.rename(f.with_name("elsewhere")),
    ],
    ids=["edited", "added", "removed", "misnamed", "nested", "moved away"],
)
def test_a_change_between_two_looks_is_seen(folder: Path, change: object) -> None:
    source = source_of(folder)
    source.load()

    assert callable(change)
    change(folder)

    assert source.wait_for_change(timedelta(seconds=2))


def test_a_file_written_while_it_is_read_is_read_again(folder: Path) -> None:
    source = source_of(folder)
    before = source.load()

    # Of equal size, and perhaps within the same tick of the file system's clock.
    (folder / "acme.yaml").write_text(ACME.replace("50%", "60%"))

    assert source.wait_for_change(timedelta(seconds=2))
    assert source.load().revision != before.revision


def test_a_swapped_symbolic_link_is_a_change(tmp_path: Path, folder: Path) -> None:
    """As a ConfigMap is mounted: files → ..data/file, ..data → a dated folder."""
    mount = tmp_path / "mount"
    for name, acme in (("..2026_1", ACME), ("..2026_2", ACME.replace("50%", "60%"))):
        (mount / name).mkdir(parents=True)
        (mount / name / "guard.yaml").write_text(GUARD)
        (mount / name / "acme.yaml").write_text(acme)
    (mount / "..data").symlink_to("..2026_1")
    for name in ("guard.yaml", "acme.yaml"):
        (mount / name).symlink_to(f"..data/{name}")
    source = source_of(mount)
    before = source.load()

    (mount / "..new").symlink_to("..2026_2")
    (mount / "..new").replace(mount / "..data")

    assert source.wait_for_change(timedelta(seconds=2))
    assert source.load().revision != before.revision
    assert before.revision == source_of(folder).load().revision


def test_a_secret_is_read_from_its_file_and_followed(
    tmp_path: Path, folder: Path
) -> None:
    secret = tmp_path / "admin_key"
    secret.write_text("sg_test_first\n")
    guard = GUARD.replace("${MISTRAL_ADMIN_API_KEY}", f"${{file:{secret}}}")
    (folder / "guard.yaml").write_text(guard)
    source = source_of(folder)
    first = source.load()

    secret.write_text("sg_test_second\n")

    assert source.wait_for_change(timedelta(seconds=2))
    second = source.load()
    assert first.guard.organizations[0].api_key.get_secret_value() == "sg_test_first"
    assert second.guard.organizations[0].api_key.get_secret_value() == "sg_test_second"
    assert first.revision == second.revision


def test_an_empty_secret_file_counts_as_not_set(tmp_path: Path, folder: Path) -> None:
    secret = tmp_path / "admin_key"
    secret.write_text("\n")
    guard = GUARD.replace("${MISTRAL_ADMIN_API_KEY}", f"${{file:{secret}}}")
    (folder / "guard.yaml").write_text(guard)

    assert findings_of(folder) == [
        f"guard.yaml:3:27: api_key: the file {secret} is empty"
    ]


def test_a_default_stands_in_for_what_is_not_set(folder: Path) -> None:
    guard = GUARD.replace("${SLACK_URL}", "slack://${TEAM:-sg_test_none}/finops")
    (folder / "guard.yaml").write_text(guard)

    unset = source_of(folder).load()
    given = source_of(folder, TEAM="sg_test_x").load()

    urls = [each.guard.channels[0].url.get_secret_value() for each in (unset, given)]
    assert urls == ["slack://sg_test_none/finops", "slack://sg_test_x/finops"]


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.example")
    done = subprocess.run(  # noqa: S603 - a fixed program
        ["git", *identity, *arguments],  # noqa: S607 - whichever git is here
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_a_checkout_names_its_commit_and_author(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    head = git(folder, "rev-parse", "HEAD")
    source = source_of(folder)

    policies = source.load()
    assert (policies.commit, policies.author) == (head, "Ann <ann@acme.example>")

    (folder / "acme.yaml").write_text(ACME.replace("50%", "60%"))
    assert source.load().commit == f"{head}+dirty"

    git(folder, "commit", "-q", "-a", "-m", "Watch later")
    assert source.wait_for_change(timedelta(seconds=2))
    assert source.load().commit == git(folder, "rev-parse", "HEAD")


def test_outside_a_checkout_there_is_no_commit(folder: Path) -> None:
    assert source_of(folder).load().commit is None


def test_without_git_there_is_no_commit(folder: Path, tmp_path: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")

    assert source_of(folder, PATH=str(tmp_path)).load().commit is None


def test_nothing_that_the_settings_of_a_checkout_name_is_run(
    folder: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "ran"
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    git(folder, "config", "core.fsmonitor", f"touch {trace}; false")

    assert source_of(folder).load().commit is not None
    assert not trace.exists()
