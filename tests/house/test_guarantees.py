"""The page of promises names tests and commands that exist."""

import re
from pathlib import Path

from tests.house.project import ROOT

PAGE = ROOT / "docs" / "guarantees.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_what_a_promise_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)

    assert links
    assert [each for each in links if not (PAGE.parent / each).is_file()] == []


def test_each_command_is_one_that_make_knows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"`make ([a-z-]+)", TEXT))

    assert commands
    assert [each for each in commands if f"\n{each}:" not in makefile] == []


def test_each_promise_says_what_holds_it() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith(("| promise", "| harness"))]

    assert [row for row in promises if "](" not in row and "`make" not in row] == []


def test_each_failure_that_has_a_test_is_promised_not_to_come_back() -> None:
    folder = ROOT / "tests" / "failure_modes"
    named = {Path(each).name for each in re.findall(r"\]\(([^)]+)\)", TEXT)}
    files = {path.name for path in folder.glob("test_*.py")}

    assert files - named - {"test_also_worth_a_test.py", "test_f21_secrets.py"} == set()
