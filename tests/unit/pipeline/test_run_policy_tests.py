"""Running tests of policies: which, and what they show together."""

from service.pipeline.run_policy_tests import run_policy_tests
from tests.builders import policy, policy_set, threshold
from tests.rehearsal import declared

POLICIES = policy_set(policy(threshold()))
FIRES = {"at": "+0h", "fires": "acme-monthly/half"}
GOOD = declared(name="Half fires", spend=2500, expect=[FIRES])
BAD = declared(name="Nothing fires", spend=2500)


def test_all_tests_are_run_and_what_they_expected_is_shown() -> None:
    report = run_policy_tests(POLICIES, [GOOD, BAD])

    assert [each.verdict.is_passed for each in report.results] == [True, False]
    assert [each.checks for each in report.results] == [2, 2]
    assert report.failed == 1
    assert [each.shown_by for each in report.coverage.items] == [("Half fires",)]


def test_only_those_whose_name_has_a_text_in_it_are_run() -> None:
    report = run_policy_tests(POLICIES, [GOOD, BAD], "NOTHING")

    assert [each.declared for each in report.results] == [BAD]
    assert report.coverage.missing
