"""Tests of policies at the terminal: which files, and a set without any secret."""

from dataclasses import replace
from pathlib import Path

from service.bootstrap.clock import SystemClock
from service.bootstrap.drafts import read_draft, set_of_draft
from service.domain.errors import InvalidPolicies
from service.domain.policy_set import GUARD_FILE
from service.pipeline.run_policy_tests import PolicyTestReport, run_policy_tests
from service.policy_files import PolicyFolder
from service.policy_files.listing import finding
from service.policy_files.policy_tests import TESTS, read_policy_tests


def run_tests(path: Path, name: str = "") -> PolicyTestReport:
    """Run the tests beside a folder of policies, or one file of them.

    Only tests with `name` in theirs. Needs no secret, database or network. Raises
    `InvalidPolicies` with every finding in policies and tests.
    """
    folder, tests = _places(path)
    source = PolicyFolder(folder, {}, SystemClock())
    draft = replace(read_draft(folder), is_whole=True)
    policies = set_of_draft(source, None, draft, folder)
    if not tests.exists():
        said = "missing: tests of policies stand there, in files that end in .yaml"
        raise InvalidPolicies((finding(tests, said),))
    read = read_policy_tests(tests, policies)
    if read.findings:
        raise InvalidPolicies(read.findings)
    return run_policy_tests(policies, read.tests, name)


def _places(path: Path) -> tuple[Path, Path]:
    """Give the folder of policies, and the folder or file of tests."""
    if path.is_file():
        return _above(path.parent), path
    if path.name == TESTS and not (path / GUARD_FILE).exists():
        return _above(path), path
    return path, path / TESTS


def _above(tests: Path) -> Path:
    """Give the folder that holds `tests`, however deep in it the path leads."""
    return next(
        (each.parent for each in (tests, *tests.parents) if each.name == TESTS), tests
    )
