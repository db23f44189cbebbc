"""Tests of policies from the terminal: no database, no secret, no network."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli, Place

TEST = """\
version: 1
tests:
  - name: All of the budget is told
    clock: {start: 2026-08-20 12:00}
    limit: 8000
    spend: {+0h: 6990, +2h: 7000}
    ignore: [acme-monthly/anything]
    expect: [{at: +2h, fires: acme-monthly/everything}]
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(place: Place) -> Write:
    """Write a file of tests beside the policies; no secret is set."""
    del place.variables["ACME_KEY"]
    folder = place.folder / "policies" / "tests"
    folder.mkdir()

    def written(text: str) -> Path:
        file = folder / "acme.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


def test_a_good_test_is_one_line(cli: Cli, place: Place, write: Write) -> None:
    file = write(TEST)
    folder = place.folder / "policies"

    by_folder = cli("policy", "test", str(folder))
    by_file = cli("policy", "test", str(file))
    by_tests = cli("policy", "test", str(file.parent))

    assert by_folder.code == 0
    assert by_folder.out == by_file.out == by_tests.out
    assert by_folder.out == f"{file}\n  ok      All of the budget is told\n\n1 passed\n"


def test_a_failure_shows_what_was_expected_beside_what_was_got(
    cli: Cli, place: Place, write: Write
) -> None:
    file = write(TEST.replace("7000}", "6999}"))

    ended = cli("policy", "test", str(place.folder / "policies"))

    assert ended.code == 1
    assert ended.out == (
        f"{file}\n"
        "  FAILED  All of the budget is told\n\n"
        f"FAILED {file}:3 All of the budget is told\n"
        "  2026-08-20 14:00\n"
        "    expected  acme-monthly/everything fires\n"
        "    got       nothing: spend 6,999.00 of 7,000.00 EUR (99.9857 %), bound"
        " 100 % (7,000.00 EUR)\n\n"
        "0 passed, 1 failed\n"
    )


def test_programs_are_told_of_every_alert_whether_it_was_expected(
    cli: Cli, place: Place, write: Write
) -> None:
    write(TEST)

    body = json.loads(
        cli("policy", "test", str(place.folder / "policies"), "--json").out
    )

    [test] = body["tests"]
    assert (body["passed"], body["failed"], test["passed"]) == (1, 0, True)
    assert [(each["name"], each["verdict"]) for each in test["happenings"]] == [
        ("acme-monthly/anything", "ignored"),
        ("acme-monthly/everything", "expected"),
    ]
    assert body["coverage"]["percent"] == 50


def test_coverage_ends_with_1_where_a_threshold_is_not_shown(
    cli: Cli, place: Place, write: Write
) -> None:
    write(TEST)
    folder = str(place.folder / "policies")

    short = cli("policy", "test", folder, "--coverage")
    write(
        TEST.replace("ignore: [acme-monthly/anything]", "strict: false").replace(
            "expect: [", "expect: [{at: +0h, fires: acme-monthly/anything}, "
        )
    )
    whole = cli("policy", "test", folder, "--coverage")

    assert (short.code, whole.code) == (1, 0)
    assert "1 of 2 shown (50 %)" in short.out
    assert "acme-monthly/anything fires    MISSING: no test shows it" in short.out
    assert "2 of 2 shown (100 %)" in whole.out


def test_a_threshold_that_cannot_fire_is_named_with_the_reason(
    cli: Cli, place: Place, write: Write
) -> None:
    write(TEST)
    file = place.folder / "policies" / "acme.yaml"
    text = file.read_text("utf-8").replace("spend: 0.01", "limit: 120%")
    file.write_text(text, encoding="utf-8")

    ended = cli("policy", "test", str(file.parent), "--coverage")

    assert ended.code == 1
    assert (
        "acme-monthly/anything fires    MISSING: cannot happen, never reached: the"
        " provider stops at 100% of the limit" in ended.out
    )


def test_only_tests_of_a_name_are_run(cli: Cli, place: Place, write: Write) -> None:
    write(TEST)
    folder = str(place.folder / "policies")

    assert cli("policy", "test", folder, "-k", "all of").code == 0
    none = cli("policy", "test", folder, "-k", "nobody")
    assert (none.code, none.out) == (1, "\nno test was run\n")


def test_a_wrong_file_ends_with_2_and_its_findings(
    cli: Cli, place: Place, write: Write
) -> None:
    folder = place.folder / "policies"
    file = write(TEST.replace("expect:", "expects:"))
    unknown = cli("policy", "test", str(folder))
    file.unlink()
    file.parent.rmdir()
    missing = cli("policy", "test", str(folder))
    no_folder = cli("policy", "test", str(place.folder / "elsewhere"))

    assert [each.code for each in (unknown, missing, no_folder)] == [2, 2, 2]
    assert unknown.out == f"{file}:8:5: unknown key `expects`; did you mean `expect`?\n"
    assert missing.out.startswith(f"{file.parent}:1:1: missing: tests of policies")


def test_the_schema_of_tests_is_one_for_editors(cli: Cli) -> None:
    schema = json.loads(cli("policy", "schema", "--tests").out)

    assert "tests" in schema["properties"]
