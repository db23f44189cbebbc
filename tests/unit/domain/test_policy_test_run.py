"""A policy test, run and judged: what is expected, beside what is got."""

import pytest

from service.domain.policy_test_coverage import coverage_of
from tests.builders import policy, policy_set, raising, threshold
from tests.rehearsal import lines_of, verdict_of

HALF = policy(threshold(severity="info"))
RISES = {"spend": {"+0h": 2490, "+2h": 2500}}
FIRES = {"at": "+2h", "fires": "acme-monthly/half"}
WENT_UP = policy(threshold(spend="51%", severity="info"))


def test_what_is_expected_and_comes_passes() -> None:
    verdict = verdict_of(
        HALF, **RISES, expect=[FIRES | {"severity": "info", "tells": ["finops"]}]
    )

    assert verdict.is_passed
    assert [each.name for each in verdict.expected] == ["acme-monthly/half"]


def test_a_bound_moved_by_a_percent_shows_with_the_figure_and_the_bound() -> None:
    moved = policy(threshold(spend="50.5%", severity="info"))

    verdict = verdict_of(moved, spend={"+0h": 2490, "+7h": 2525}, expect=[FIRES])

    assert lines_of(verdict) == [
        (
            "20 14:00 | acme-monthly/half fires | nothing: spend 2,500.00 of 5,000.00"
            " EUR (50.00 %), bound 50.5 % (2,525.00 EUR)"
        ),
        (
            "20 19:00 | nothing | acme-monthly/half fires (info) → finops: spend"
            " 2,525.00 of 5,000.00 EUR (50.50 %), bound 50.5 % (2,525.00 EUR)"
        ),
    ]


def test_what_is_not_expected_fails() -> None:
    verdict = verdict_of(HALF, **RISES, expect=[])

    assert len(verdict.unexpected) == 1
    assert not verdict.is_passed


@pytest.mark.parametrize(
    "written",
    [{"ignore": ["acme-monthly/*"]}, {"strict": False}, {"ignore": ["*/half"]}],
    ids=str,
)
def test_what_is_ignored_does_not_fail(written: dict[str, object]) -> None:
    verdict = verdict_of(HALF, **RISES, **written)

    assert verdict.is_passed
    assert len(verdict.ignored) == 1


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"severity": "critical"}, "acme-monthly/half fires (critical)"),
        ({"tells": ["oncall"]}, "acme-monthly/half fires → oncall"),
        ({"tells": []}, "acme-monthly/half fires → nobody"),
    ],
)
def test_what_comes_another_way_stands_beside_what_was_expected(
    other: dict[str, object], expected: str
) -> None:
    verdict = verdict_of(HALF, **RISES, expect=[FIRES | other])

    [line] = lines_of(verdict)
    assert line.startswith(f"20 14:00 | {expected} | acme-monthly/half fires (info)")


def test_a_time_at_the_latest_is_met_before_it() -> None:
    by = {"by": "+3h", "fires": "acme-monthly/half"}

    assert verdict_of(HALF, **RISES, expect=[by]).is_passed
    assert lines_of(verdict_of(HALF, expect=[by])) == [
        (
            "20 15:00 | acme-monthly/half fires by +3h | nothing: spend 1,000.00 of"
            " 5,000.00 EUR (20.00 %), bound 50 % (2,500.00 EUR)"
        )
    ]


RAISING = policy(
    threshold(id="near", limit="85%", then=raising(100, up_to=1300, cooldown="0s"))
)
NEAR = {"limit": 1000, "spend": {"+0h": 840, "+1h": 850}}


def test_a_limit_change_is_expected_from_where_to_where_and_why() -> None:
    verdict = verdict_of(
        RAISING,
        **NEAR,
        expect=[
            {"at": "+1h", "fires": "acme-monthly/near"},
            {
                "at": "+1h",
                "limit": {"from": 1000, "to": 1100},
                "kind": "raise",
                "because": "acme-monthly/near",
            },
            {"at": "+1h", "resolves": "acme-monthly/near"},
        ],
    )

    assert verdict.is_passed
    twice = (*verdict.expected, *verdict.expected)
    coverage = coverage_of(policy_set(RAISING), {"one": twice})
    assert [each.shown_by for each in coverage.items] == [("one",), ("one",)]
    assert coverage.percent == 100


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"limit": {"from": 900, "to": 1100}}, "limit from 900.00 to 1,100.00"),
        ({"limit": {"to": "unlimited"}}, "limit to unlimited"),
        ({"limit": {"to": 1100}, "kind": "cap"}, "limit to 1,100.00 (cap)"),
        (
            {"limit": {"to": 1100}, "because": "acme-monthly/stop"},
            "limit to 1,100.00 (by acme-monthly/stop)",
        ),
    ],
)
def test_a_limit_change_that_differs_is_shown_with_its_cause(
    step: dict[str, object], said: str
) -> None:
    verdict = verdict_of(
        RAISING, **NEAR, ignore=["*/near"], expect=[{"at": "+1h", **step}]
    )

    assert lines_of(verdict) == [
        (
            f"20 13:00 | {said} | limit from 1,000.00 to 1,100.00 (raise by"
            " acme-monthly/near) → finops: spend 850.00 of the limit 1,000.00 EUR"
            " (85.00 %), bound 85 %"
        )
    ]


def test_a_limit_change_that_does_not_come_says_nothing_of_others() -> None:
    step = {"at": "+2h", "limit": {"to": 1100}}

    verdict = verdict_of(HALF, expect=[step])

    assert lines_of(verdict) == ["20 14:00 | limit to 1,100.00 | nothing"]


def test_limit_changes_are_never_ignored() -> None:
    verdict = verdict_of(RAISING, **NEAR, ignore=["*"])

    assert [each.what for each in verdict.unexpected] == ["limit"]


def test_a_change_that_is_wanted_and_not_made_can_be_expected() -> None:
    observed = policy(*RAISING.thresholds, mode="observe")
    stays = {"at": "+1h", "stays": "observe_mode", "because": "acme-monthly/near"}

    verdict = verdict_of(observed, **NEAR, ignore=["*/near"], expect=[stays])

    assert verdict.is_passed
    coverage = coverage_of(policy_set(observed), {"one": verdict.expected})
    assert [each.shown_by for each in coverage.items] == [(), ("one",)]
    wrong = stays | {"stays": "cooldown"}
    assert lines_of(
        verdict_of(observed, **NEAR, ignore=["*/near"], expect=[wrong])
    ) == [
        (
            "20 13:00 | limit stays (cooldown, by acme-monthly/near) | limit stays"
            " (observe_mode, raise by acme-monthly/near) → finops: spend 850.00 of the"
            " limit 1,000.00 EUR (85.00 %), bound 85 %"
        )
    ]
