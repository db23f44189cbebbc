"""What is put into the repository of the policies runs as it stands in these files.

The shell lines are read out of the Action, the example for GitLab and the hooks, and
run on a clone with a changed policy, against a host of its own.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.project import ROOT
from tests.integration.cli.code_hosts import CodeHost, hosting
from tests.integration.cli.conftest import Cli, Place
from tests.integration.policy_files.git_peer import Desk, git

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "docs/examples/gitlab-ci.yaml").read_text("utf-8"))
WORKFLOW_FILE = ROOT / "docs/examples/github-workflow.yaml"
WORKFLOW = yaml.safe_load(WORKFLOW_FILE.read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
# Not run here: they fetch packages.
INSTALLING = {"python", "Install Spendguard"}


@dataclass
class Runner:
    """A machine of a host: a folder of its own, and `spendguard` among its commands."""

    folder: Path
    variables: dict[str, str]
    command: Path = field(init=False)

    def __post_init__(self) -> None:
        commands = self.folder / "bin"
        commands.mkdir(parents=True)
        self.command = commands / "spendguard"
        self.takes(f'exec {shlex.quote(sys.executable)} -m service "$@"')
        self.variables |= {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
        }

    def takes(self, line: str) -> None:
        """Let `spendguard` be a line of shell."""
        self.command.write_text(f"#!/bin/sh\n{line}\n")
        self.command.chmod(0o755)

    def run(
        self, lines: str, folder: Path, **more: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a step as the runners do: an error ends it, in a pipe too."""
        return subprocess.run(  # noqa: S603 - what the files of the project say
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", lines],  # noqa: S607 - whichever bash is here
            cwd=folder,
            env={**self.variables, **more},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with hosting() as host:
        yield host


@pytest.fixture
def clone(place: Place, tmp_path: Path) -> tuple[Path, str]:
    """Give a shallow checkout with a changed policy, and the commit it departs from."""
    desk = Desk(tmp_path / "desk")
    policies = place.folder / "policies"
    texts = {file.stem: file.read_text("utf-8") for file in policies.glob("*.yaml")}
    base = desk.publish(**texts)
    texts["acme"] = texts["acme"].replace("amount: 7000", "amount: 8000")
    desk.publish(**texts)
    git(tmp_path, "clone", "-q", "--depth=1", desk.url, "clone")
    return tmp_path / "clone", base


def values_of(step: dict[str, Any], known: dict[str, str]) -> dict[str, str]:
    """Put what the host would put in place of the expressions of a step."""
    return {
        name: known[expression.removeprefix("${{").removesuffix("}}").strip()]
        for name, expression in step.get("env", {}).items()
    }


def run_action(
    runner: Runner, folder: Path, known: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run the Action's steps in order, up to the first that fails; give the last."""
    output = runner.folder / "output"
    ended = None
    for step in STEPS:
        if {step.get("id"), step.get("name")} & INSTALLING:
            continue
        output.write_text("")
        values = values_of(step, known)
        ended = runner.run(step["run"], folder, **values, GITHUB_OUTPUT=str(output))
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{step['id']}.outputs.{name}"] = value
        if ended.returncode:
            break
    assert ended is not None
    return ended


def github_runner(host: CodeHost, folder: Path) -> Runner:
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}), encoding="utf-8")
    variables = host.github(str(event), GITHUB_STEP_SUMMARY=str(folder / "summary.md"))
    del variables["GITHUB_TOKEN"]
    return Runner(folder / "runner", variables)


def known_of(base: str, **inputs: str) -> dict[str, str]:
    given = {name: str(each.get("default")) for name, each in ACTION["inputs"].items()}
    given |= {"token": "sg_test_host_token", **inputs}
    return {
        **{f"inputs.{name}": value for name, value in given.items()},
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.head.sha || github.sha": "0123abcd",
    }


def test_the_steps_of_the_action_leave_a_comment_on_a_changed_policy(
    host: CodeHost, clone: tuple[Path, str], tmp_path: Path
) -> None:
    folder, base = clone
    runner = github_runner(host, tmp_path)

    ended = run_action(runner, folder, known_of(base))

    assert ended.returncode == 0, ended.stderr
    (comment,) = host.comments
    assert comment.body.startswith("<!-- spendguard:policy-report policies -->\n")
    assert "| `acme-monthly` | `budget amount` | `7000` | `8000` |" in comment.body
    assert "at commit `0123abcd`" in comment.body
    assert git(folder, "status", "--porcelain") == ""


# Notes its words and whether it has the key; a report ends as it is told to.
SCRIPTED = """\
echo "$* ${SPENDGUARD_SERVICE_KEY-no key}" >>"$RUNNER_TEMP/calls"
if [ "$2" = report ]; then echo "<!-- marker -->"; exit "$ENDS"; fi
"""


@pytest.mark.parametrize("code", ["1", "3"])
def test_the_action_ends_as_the_report_does_after_the_comment_is_left(
    host: CodeHost, clone: tuple[Path, str], tmp_path: Path, code: str
) -> None:
    folder, base = clone
    runner = github_runner(host, tmp_path)
    runner.takes(SCRIPTED)
    runner.variables["ENDS"] = code
    url = {"url": "https://guard.example", "service-key": "sg_test_key"}

    ended = run_action(runner, folder, known_of(base, **url, strict="true"))

    temp = runner.folder
    assert ended.returncode == int(code)
    reported, commented = (temp / "calls").read_text().splitlines()
    assert reported == (
        f"policy report policies --commit 0123abcd --months 3 --against {temp}"
        "/spendguard-base/policies --url https://guard.example --strict sg_test_key"
    )
    assert commented == f"policy comment {temp}/spendguard-report.md no key"


def test_a_fork_has_no_key_and_a_first_change_nothing_to_compare_with(
    host: CodeHost, clone: tuple[Path, str], tmp_path: Path
) -> None:
    folder, base = clone
    runner = github_runner(host, tmp_path)
    runner.takes(SCRIPTED)
    runner.variables["ENDS"] = "0"
    given = known_of(base, policies="other", comment="false")

    ended = run_action(runner, folder, given)

    assert ended.returncode == 0
    assert (runner.folder / "calls").read_text().splitlines() == [
        "policy report other --commit 0123abcd --months 3 --offline no key"
    ]
    assert (tmp_path / "summary.md").read_text() == "<!-- marker -->\n"


def test_a_base_that_cannot_be_fetched_is_said(
    host: CodeHost, clone: tuple[Path, str], tmp_path: Path
) -> None:
    runner = github_runner(host, tmp_path)
    (take,) = (step for step in STEPS if "base branch" in step.get("name", ""))

    ended = runner.run(take["run"], clone[0], POLICIES="policies", BASE="f" * 40)

    assert ended.returncode == 0
    assert ended.stdout.startswith("::warning::The base branch cannot be fetched")


def test_no_shell_line_of_the_action_holds_what_comes_from_outside() -> None:
    assert [step["run"] for step in STEPS if "${{" in step.get("run", "")] == []
    assert all(step.get("shell") == "bash" for step in STEPS if "run" in step)


def test_the_workflow_gives_no_secret_to_strangers_and_names_inputs_that_exist() -> (
    None
):
    job = WORKFLOW["jobs"]["policies"]
    (used,) = (step for step in job["steps"] if "spendguard" in step.get("uses", ""))

    # YAML 1.1 reads the key `on` as a boolean.
    assert set(WORKFLOW[True]) == {"pull_request"}
    assert WORKFLOW["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert set(used["with"]) <= set(ACTION["inputs"])


@pytest.mark.parametrize("url", ["", "https://guard.example"])
def test_the_lines_for_gitlab_report_on_a_changed_policy_and_end_as_it_does(
    host: CodeHost, clone: tuple[Path, str], tmp_path: Path, url: str
) -> None:
    folder, base = clone
    job = GITLAB["policies"]
    variables = {
        **job["variables"],
        **host.gitlab(),
        "CI_PROJECT_DIR": str(folder),
        "CI_COMMIT_SHA": "0123abcd",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "SPENDGUARD_URL": url,
        "ENDS": "3",
        "TMPDIR": str(tmp_path),
    }
    runner = Runner(tmp_path / "runner", variables)
    runner.takes(SCRIPTED)

    ended = runner.run("\n".join(job["script"]), folder)

    assert ended.returncode == 3, ended.stderr
    reported, commented = (runner.folder / "calls").read_text().splitlines()
    (kept,) = tmp_path.glob("tmp.*/report.md")
    how = f"--url {url}" if url else "--offline"
    against = f"--against {kept.parent}/policies"
    said = f"policy report policies --commit 0123abcd {against} {how} no key"
    assert reported == said
    assert commented == f"policy comment {kept} no key"
    assert (kept.parent / "policies" / "guard.yaml").is_file()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_offline_and_without_secrets(
    hook: dict[str, Any], cli: Cli, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.variables.clear()
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(hook["entry"]) + list(hook["args"])

    assert program == "spendguard"
    assert hook["language"] == "python"
    assert not hook["pass_filenames"]
    assert cli(*words).code == 0
    monkeypatch.chdir(place.folder)
    acme = Path("policies/acme.yaml")
    acme.write_text(acme.read_text().replace("spend: 100%", "spned: 100%"))
    assert cli(*words).code != 0
