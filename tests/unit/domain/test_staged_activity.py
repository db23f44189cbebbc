"""What people do in the test of a policy: counted as the provider would count it."""

import pytest
from pydantic import ValidationError

from tests.builders import policy, threshold
from tests.rehearsal import lines_of, policy_test, verdict_of

ANN = {"metric": "lechat.messages", "per": "user", "name": "ann"}
WATCH = {"metric": "lechat.messages", "per": "user", "window": "month", "above": 5000}
CHATTY = policy(threshold(id="chatty", activity=WATCH))
FIRES = {"at": "+2h", "fires": "acme-monthly/chatty"}


def test_who_goes_beyond_the_bound_is_told_then() -> None:
    counts = {"+1h": 5000, "+2h": 5001}

    verdict = verdict_of(CHATTY, activity=[ANN | {"counts": counts}], expect=[FIRES])

    assert lines_of(verdict) == []


def test_a_window_counts_from_its_own_beginning_and_a_part_does_not_count() -> None:
    daily = policy(threshold(id="chatty", activity=WATCH | {"window": "day"}))
    counts = {"day 20": 3000, "+1h": 8000, "+2h": "8001"}

    verdict = verdict_of(daily, activity=[ANN | {"counts": counts}], expect=[FIRES])

    assert lines_of(verdict) == []


def test_a_policy_of_one_workspace_counts_that_one_alone() -> None:
    watch = {"metric": "vibe.sessions", "per": "workspace", "above": 10}
    search = policy(
        threshold(id="chatty", activity=watch), scope={"workspace": "Search"}
    )
    doing = {"metric": "vibe.sessions", "per": "workspace"}
    activity = [
        doing | {"name": "Elsewhere", "counts": 500},
        doing | {"name": "Search", "counts": {"+1h": 10, "+2h": 11}},
        ANN | {"counts": 9000},
    ]

    assert lines_of(verdict_of(search, activity=activity, expect=[FIRES])) == []


def test_in_an_outage_nothing_is_counted_and_nothing_fires() -> None:
    counts = {"+0h": 4000, "+1h": 6000}
    outages = [{"from": "+0h", "to": "+2h"}]
    expect = [FIRES, {"by": "+2h", "fires": "data_unknown"}]

    verdict = verdict_of(
        CHATTY,
        activity=[ANN | {"counts": counts}],
        outages=outages,
        expect=expect,
        ignore=["*unknown*"],
    )

    assert any(each.name == "acme-monthly/chatty" for each in verdict.expected)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"per": "workspace"}, "is not counted per workspace; possible: user, agent"),
        ({"name": None}, "needs `name`: which one does it"),
        ({"per": "organization"}, "per: organization has no name"),
        ({"counts": {"+1h": 5, "+2h": 4}}, "it cannot fall within a month"),
    ],
)
def test_what_the_provider_would_not_count_so_is_refused(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        policy_test(activity=[ANN | {"counts": 1} | changed])
