"""The shipped policies are tested, every threshold and effect, to the percent."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from service.domain import policy_test
from service.domain.policy import Policy, Threshold
from service.domain.policy_set import PolicySet
from service.domain.policy_test import DeclaredTest
from service.domain.quantity import Multiple, Percent
from service.pipeline.run_policy_tests import PolicyTestReport, run_policy_tests
from service.policy_files import yaml_reader
from service.policy_files.listing import read_folder
from service.policy_files.policy_tests import read_policy_tests
from service.policy_files.reader import read_set
from service.policy_files.sets import policy_set
from tests.builders import NOON
from tests.house.project import ROOT
from tests.policies.shipped import EXPANDER, SHIPPED

EVERY_KIND = Path(__file__).parent / "every_kind"
SCHEMA = policy_test.json_schema()
FILES = sorted((*SHIPPED.glob("tests/*.yaml"), *EVERY_KIND.glob("tests/*.yaml")))
PERCENT = (Decimal("0.99"), Decimal("1.01"))


def read(folder: Path) -> tuple[PolicySet, tuple[DeclaredTest, ...]]:
    listing = read_folder(folder)
    policies = policy_set(listing, read_set(listing.texts, EXPANDER), NOON)
    tests = read_policy_tests(folder / "tests", policies)
    assert tests.findings == ()
    return policies, tests.tests


POLICIES, TESTS = read(SHIPPED)
THRESHOLDS = [
    (declared.policy.id, threshold.id)
    for declared in POLICIES.policies
    for threshold in declared.policy.thresholds
]


@pytest.fixture(scope="module")
def report() -> PolicyTestReport:
    return run_policy_tests(POLICIES, TESTS)


def differences(report: PolicyTestReport) -> list[str]:
    return [
        f"{each.declared.test.name}: {difference.at} {difference.expected} |"
        f" {difference.got}"
        for each in report.results
        for difference in each.verdict.differences
    ]


def test_every_test_of_the_shipped_policies_passes(report: PolicyTestReport) -> None:
    assert differences(report) == []


def test_they_show_every_threshold_and_every_effect(report: PolicyTestReport) -> None:
    assert report.coverage.missing == ()


def test_every_kind_of_threshold_and_effect_can_be_tested() -> None:
    report = run_policy_tests(*read(EVERY_KIND))

    assert differences(report) == []
    assert report.coverage.missing == ()
    effects = {each.effect for each in report.coverage.items}
    assert effects == {"", "raise_limit", "cap_limit", "set_limit", "track"}


def moved(threshold: Threshold, factor: Decimal) -> Threshold:
    """Give a threshold with its bound moved by a factor."""
    for name in ("spend", "forecast", "limit"):
        bound = getattr(threshold, name)
        if isinstance(bound, Percent):
            return threshold.model_copy(update={name: Percent(bound.percent * factor)})
        if bound is not None:
            return threshold.model_copy(update={name: bound * factor})
    for name in ("pace", "usage", "activity"):
        watch = getattr(threshold, name, None)
        if watch is not None:
            above = watch.above
            times = above.times if isinstance(above, Multiple) else above
            by = times * factor
            beyond = Multiple(by) if isinstance(above, Multiple) else by
            watch = watch.model_copy(update={"above": beyond})
            return threshold.model_copy(update={name: watch})
    raise AssertionError(threshold)


def with_moved(policy_id: str, threshold_id: str, factor: Decimal) -> PolicySet:
    def changed(policy: Policy) -> Policy:
        thresholds = tuple(
            moved(each, factor)
            if (policy.id, each.id) == (policy_id, threshold_id)
            else each
            for each in policy.thresholds
        )
        return policy.model_copy(update={"thresholds": thresholds})

    return replace(
        POLICIES,
        policies=tuple(
            replace(each, policy=changed(each.policy)) for each in POLICIES.policies
        ),
    )


def those_that_fire(name: str) -> Iterator[DeclaredTest]:
    """Give the tests that expect a threshold to fire."""
    for each in TESTS:
        if any(wanted.fires == name for wanted in each.test.expect):
            yield each


@pytest.mark.parametrize(("policy_id", "threshold_id"), THRESHOLDS)
def test_a_threshold_moved_by_a_percent_fails_its_test(
    policy_id: str, threshold_id: str
) -> None:
    name = f"{policy_id}/{threshold_id}"
    [test, *_] = those_that_fire(name)

    for factor in PERCENT:
        report = run_policy_tests(with_moved(policy_id, threshold_id, factor), [test])
        told = "\n".join(differences(report))
        assert report.failed == 1
        assert f"{name} fires" in told
        assert "bound" in told or "usual" in told


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parts[-3]}-{f.name}")
def test_files_of_tests_pass_the_published_schema(file: Path) -> None:
    tree, _ = yaml_reader.read(file.name, file.read_text("utf-8"))
    document = json.loads(json.dumps(tree.root, default=float))

    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []


def test_the_published_schema_of_tests_is_current() -> None:
    published = json.loads(
        (ROOT / "docs" / "policy-test.schema.json").read_text("utf-8")
    )

    Draft202012Validator.check_schema(published)
    assert published == SCHEMA


def test_every_key_of_a_test_is_described_with_an_example() -> None:
    bare = [
        f"{kind['title']}.{key}"
        for kind in (SCHEMA, *SCHEMA["$defs"].values())
        for key, described in kind.get("properties", {}).items()
        if not described.get("description") or not described.get("examples")
    ]

    assert bare == []


def test_the_page_shows_the_failure_that_a_percent_gives() -> None:
    page = (ROOT / "docs" / "policies.md").read_text("utf-8")
    policies = with_moved("acme-monthly", "half", PERCENT[1])

    report = run_policy_tests(policies, TESTS[:1])

    shown = report.results[0].verdict.differences[0]
    assert f"    expected  {shown.expected}\n    got       {shown.got}\n" in page
