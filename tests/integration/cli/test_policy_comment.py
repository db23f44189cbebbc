"""One comment on a pull request: made once, then always the same one written anew."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.code_hosts import (
    ME,
    STRANGER,
    TOKEN,
    CodeHost,
    Said,
    hosting,
)
from tests.integration.cli.conftest import Cli

MARKER = "<!-- spendguard:policy-report policies -->"


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with hosting() as host:
        yield host


@pytest.fixture
def github(host: CodeHost, tmp_path: Path) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}), encoding="utf-8")
    return host.github(str(event), GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.md"
    file.write_text(f"{MARKER}\nnew", encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_second_report_changes_the_comment_of_the_first(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path, kind: str
) -> None:
    variables = github if kind == "github" else host.gitlab()

    first = cli("policy", "comment", str(report), **variables)
    report.write_text(f"{MARKER}\nnewer", encoding="utf-8")
    second = cli("policy", "comment", str(report), **variables)

    assert (first.code, second.code, first.out) == (0, 0, "")
    assert "commented on Git" in first.err
    assert "anew" in second.err
    assert [each.body for each in host.comments] == [f"{MARKER}\nnewer"]
    assert {each.token for each in host.asked} == {TOKEN}
    assert TOKEN not in first.err + second.err


def test_the_comment_is_found_behind_hundreds_of_others(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path
) -> None:
    host.comments = [Said(number, STRANGER, "hello") for number in range(250)]
    host.comments.append(Said(250, ME, f"{MARKER}\nold"))

    assert cli("policy", "comment", str(report), **github).code == 0

    assert len(host.comments) == 251
    assert host.comments[-1].body == f"{MARKER}\nnew"


def test_a_strangers_comment_that_begins_alike_is_left_alone(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path
) -> None:
    host.comments = [Said(1, STRANGER, f"{MARKER}\nall is well")]

    assert cli("policy", "comment", str(report), **github).code == 0

    assert [(each.author, each.body) for each in host.comments] == [
        (STRANGER, f"{MARKER}\nall is well"),
        (ME, f"{MARKER}\nnew"),
    ]


def test_reports_on_two_folders_have_a_comment_each(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path
) -> None:
    host.comments = [Said(1, ME, "<!-- spendguard:policy-report other -->\nold")]

    assert cli("policy", "comment", str(report), **github).code == 0

    assert [each.body.splitlines()[-1] for each in host.comments] == ["old", "new"]


def test_a_token_that_may_only_read_leaves_the_report_on_the_page_of_the_job(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path
) -> None:
    host.refusals["POST"] = (403, {}, '{"message": "Resource not accessible"}')

    ended = cli("policy", "comment", str(report), **github)

    assert (ended.code, ended.out) == (0, "")
    assert "pull-requests: write" in ended.err
    assert "fork" in ended.err
    assert "403 Resource not accessible" in ended.err
    page = Path(github["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert page == f"{MARKER}\nnew\n"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("GITLAB_TOKEN", "GITLAB_TOKEN is not set"),
        ("CI_MERGE_REQUEST_IID", "no merge request"),
    ],
)
def test_without_a_page_of_the_job_the_report_is_printed(
    cli: Cli, host: CodeHost, report: Path, missing: str, said: str
) -> None:
    ended = cli("policy", "comment", str(report), **host.gitlab(**{missing: ""}))

    assert (ended.code, ended.out) == (0, f"{MARKER}\nnew\n")
    assert said in ended.err
    assert host.asked == []


@pytest.mark.parametrize("event", ['{"ref": "main"}', "{", '{"pull_request": null}'])
def test_a_push_without_a_pull_request_leaves_no_comment(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path, event: str
) -> None:
    Path(github["GITHUB_EVENT_PATH"]).write_text(event, encoding="utf-8")

    ended = cli("policy", "comment", str(report), **github)

    assert (ended.code, host.asked) == (0, [])
    assert "no pull request" in ended.err
    assert Path(github["GITHUB_STEP_SUMMARY"]).read_text("utf-8").startswith(MARKER)


REFUSALS = [
    ("GET", (401, {}, '{"message": "Bad credentials"}'), 1, "GITHUB_TOKEN"),
    ("GET", (502, {}, "<html>"), 3, "run the job again"),
    ("GET", (429, {"Retry-After": "60"}, "{}"), 3, "again later"),
    ("POST", (403, {"x-ratelimit-remaining": "0"}, "{}"), 3, "again later"),
    ("POST", (422, {}, '{"message": "Body is too long"}'), 3, "Body is too long"),
    ("GET", (200, {}, "{}"), 3, "no list of comments"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row[3])
def test_what_the_host_refuses_is_said_with_what_to_do(
    cli: Cli,
    host: CodeHost,
    github: dict[str, str],
    report: Path,
    row: tuple[str, tuple[int, dict[str, str], str], int, str],
) -> None:
    verb, answer, code, said = row
    host.refusals[verb] = answer

    ended = cli("policy", "comment", str(report), **github)

    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert said in ended.err
    assert TOKEN not in ended.err


def test_a_host_that_does_not_say_whose_the_token_is_is_no_reason_to_guess(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path
) -> None:
    host.comments = [Said(1, ME, f"{MARKER}\nold")]
    host.refusals["POST"] = (200, {}, '{"errors": []}')

    ended = cli("policy", "comment", str(report), **github)

    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "whose GITHUB_TOKEN is" in ended.err


def test_a_host_that_does_not_answer_ends_with_3(
    cli: Cli, github: dict[str, str], report: Path
) -> None:
    github["GITHUB_API_URL"] = "http://127.0.0.1:9"

    ended = cli("policy", "comment", str(report), **github)

    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "GitHub does not answer (ConnectError)" in ended.err


def test_what_is_no_report_or_no_job_is_refused(
    cli: Cli, host: CodeHost, github: dict[str, str], report: Path, tmp_path: Path
) -> None:
    outside = cli("policy", "comment", str(report))
    missing = cli("policy", "comment", str(tmp_path / "none.md"), **github)
    report.write_text("valid\n", encoding="utf-8")
    other = cli("policy", "comment", str(report), **github)
    report.write_text(f"{MARKER}\nnew", encoding="utf-8")
    github["GITHUB_REPOSITORY"] = ""
    nowhere = cli("policy", "comment", str(report), **github)

    for ended, said in (
        (outside, "no job"),
        (missing, "cannot read"),
        (other, "no report"),
        (nowhere, "GITHUB_REPOSITORY is not set"),
    ):
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
    assert host.asked == []
