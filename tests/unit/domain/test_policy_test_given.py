"""What a policy test is given: persons' acts, outages, parts, units, past days."""

import pytest

from service.domain.policy_test_coverage import coverage_of
from service.domain.policy_test_verdict import amount_of
from tests import builders
from tests.builders import asking, capping, policy, policy_set, raising, threshold
from tests.rehearsal import lines_of, verdict_of

HALF = policy(threshold(severity="info"))
RISES = {"spend": {"+0h": 2490, "+2h": 2500}}
FIRES = {"at": "+2h", "fires": "acme-monthly/half"}
RAISING = policy(
    threshold(id="near", limit="85%", then=raising(100, up_to=1300, cooldown="0s"))
)
NEAR = {"limit": 1000, "spend": {"+0h": 840, "+1h": 850}}
ASKING = policy(
    threshold(id="stop", spend="50%", then=asking({"cap_limit": {"to": "60%"}}))
)
ASKS = [
    {"at": "+2h", "fires": "acme-monthly/stop"},
    {"at": "+2h", "asks": "acme-monthly/stop"},
]


@pytest.mark.parametrize(
    ("act", "follows"),
    [
        (
            {"approve": "acme-monthly/stop"},
            [
                {"at": "+150m", "granted": "acme-monthly/stop"},
                {"at": "+150m", "limit": {"from": 10_000, "to": 3000}, "kind": "cap"},
            ],
        ),
        (
            {"deny": "acme-monthly/stop"},
            [{"at": "+150m", "denied": "acme-monthly/stop"}],
        ),
    ],
)
def test_persons_answer_what_is_asked(
    act: dict[str, object], follows: list[dict[str, object]]
) -> None:
    acts = [{"at": "+150m", **act}]

    assert verdict_of(ASKING, **RISES, acts=acts, expect=[*ASKS, *follows]).is_passed


def test_what_nobody_asked_cannot_be_answered() -> None:
    acts = [
        {"at": "+1h", "approve": "acme-monthly/stop"},
        {"at": "+1h", "release": True},
    ]

    assert lines_of(verdict_of(ASKING, acts=acts)) == [
        (
            "20 13:00 | that a person can do so | acme-monthly/stop asks nobody at that"
            " time"
        ),
        "20 13:00 | that a person can do so | nothing is held at that time",
    ]


def test_an_answer_goes_to_the_threshold_that_it_names() -> None:
    acts = [{"at": "+150m", "approve": "acme-monthly/other"}]

    assert lines_of(verdict_of(ASKING, **RISES, acts=acts, expect=ASKS)) == [
        (
            "20 14:30 | that a person can do so | acme-monthly/other asks nobody at"
            " that time"
        )
    ]


def test_a_pause_stops_automatic_changes_until_they_are_resumed() -> None:
    acts = [{"at": "+0h", "pause": True}, {"at": "+2h", "resume": True}]

    verdict = verdict_of(
        RAISING,
        **NEAR,
        acts=acts,
        ignore=["*/near"],
        expect=[
            {"at": "+1h", "stays": "paused"},
            {"at": "+2h", "limit": {"from": 1000, "to": 1100}},
        ],
    )

    assert verdict.is_passed


def test_the_limit_may_be_moved_in_the_console() -> None:
    acts = [{"at": "+1h", "console": "unlimited"}]
    expect = [{"at": "+1h", "fires": "limit_changed_outside"}]

    verdict = verdict_of(HALF, acts=acts, expect=expect)

    assert verdict.is_passed
    assert len(verdict_of(HALF, acts=acts).unexpected) == 1


@pytest.mark.parametrize(
    ("of", "state"),
    [
        ("everything", "provider_unavailable"),
        ("usage", "nothing: spend 1,000.00 of 5,000.00 EUR (20.00 %), bound 50 %"),
        ("total", "nothing: spend 1,000.00 of 5,000.00 EUR (20.00 %), bound 50 %"),
        ("limit", "nothing: spend 1,000.00 of 5,000.00 EUR (20.00 %), bound 50 %"),
    ],
)
def test_an_outage_leaves_out_what_it_says(of: str, state: str) -> None:
    outages = [{"from": "+0h", "to": "+2h", "of": of}]
    expect = [{"at": "+1h", "fires": "acme-monthly/half"}]

    verdict = verdict_of(HALF, outages=outages, ignore=["data_unknown"], expect=expect)

    assert state in verdict.differences[0].got


def test_what_is_lost_of_the_workspaces_is_one_expectation() -> None:
    of_two = policy_set(
        HALF,
        *(
            policy(threshold(), id=name, scope={"workspace": name}, mode="observe")
            for name in ("search", "chat")
        ),
    )

    verdict = verdict_of(
        of_two,
        clock={"start": "2026-08-03 12:00"},
        parts=[{"workspace": "search", "spend": 100, "history": {"days": 3, "day": 9}}],
        outages=[{"from": "+1h", "to": "+2h", "of": "workspaces"}],
        expect=[
            {"by": "+90m", "fires": "data_unknown"},
            {"by": "+2h", "resolves": "data_unknown"},
        ],
    )

    assert verdict.is_passed
    assert len(verdict.expected) == 4


def test_parts_count_in_the_whole_and_in_their_scopes() -> None:
    search = policy(
        threshold(spend=300), id="search", scope={"workspace": "Search"}, mode="observe"
    )
    of_ocr = policy(
        threshold(spend=200), id="ocr", scope={"categories": ["ocr"]}, mode="observe"
    )
    parts = [
        {"workspace": "Search", "spend": {"+0h": 290, "+1h": 300}},
        {"category": "ocr", "spend": {"+0h": 190, "+2h": 200}},
        {"category": "chat", "spend": 5000},
    ]

    verdict = verdict_of(
        policy_set(HALF, search, of_ocr),
        spend=None,
        parts=parts,
        expect=[
            {"at": "+1h", "fires": "search/half"},
            {"at": "+2h", "fires": "ocr/half"},
        ],
    )

    assert verdict.is_passed


def test_units_are_counted_beside_the_spend() -> None:
    watching = policy(threshold(id="pages", usage={"unit": "api_pages", "above": 1000}))
    pages = {"units": {"api_pages": {"+0h": 900, "+1h": 1000, "+2h": 1001}}}

    verdict = verdict_of(
        watching, parts=[pages], expect=[{"at": "+1h", "fires": "acme-monthly/pages"}]
    )

    assert lines_of(verdict) == [
        (
            "20 13:00 | acme-monthly/pages fires | nothing: 1,000 api_pages, bound"
            " above 1,000"
        ),
        (
            "20 14:00 | nothing | acme-monthly/pages fires (warning) → finops: 1,001"
            " api_pages, bound above 1,000"
        ),
    ]


def test_a_crossing_that_must_be_seen_for_longer_says_so() -> None:
    patient = policy(threshold(spend=2500, for_="1h"))

    verdict = verdict_of(patient, **RISES, expect=[FIRES])

    assert lines_of(verdict) == [
        (
            "20 14:00 | acme-monthly/half fires | nothing: spend 2,500.00 EUR, bound"
            " 2,500.00 EUR; crossed, but not yet seen for 1h"
        )
    ]


def test_a_threshold_that_fires_already_says_so() -> None:
    again = FIRES | {"at": "+3h"}

    verdict = verdict_of(HALF, **RISES, ignore=["*"], expect=[again])

    assert verdict.differences[0].got.endswith("; it fires since before")


def test_with_no_budget_and_no_limit_there_are_no_shares() -> None:
    free = policy(
        threshold(id="any", spend="50%"), threshold(id="near", limit="85%"), amount=0
    )

    verdict = verdict_of(
        free,
        limit="unlimited",
        spend={"+0h": "0.5"},
        ignore=["*"],
        expect=[
            {"at": "+1h", "fires": f"acme-monthly/{name}"} for name in ("any", "near")
        ],
    )

    assert [each.got for each in verdict.differences] == [
        "nothing: spend 0.50 of 0.00 EUR, bound 50 % (0.00 EUR); it fires since before",
        "nothing: there is no limit to come near to",
    ]


def test_the_past_gives_a_forecast_and_a_pace() -> None:
    watching = policy(
        threshold(id="trend", forecast="100%"),
        threshold(id="runaway", pace={"window": "3h", "above": "5x", "at_least": 20}),
    )

    verdict = verdict_of(
        watching,
        spend={"+1h": "1x", "+4h": "20x"},
        history={"days": 40, "day": 96, "hours": "0-24"},
        expect=[
            {"by": "+2h", "fires": "acme-monthly/runaway"},
            {"at": "+3h", "fires": "acme-monthly/trend"},
        ],
    )

    [line] = lines_of(verdict)
    assert line.startswith("20 15:00 | acme-monthly/trend fires | nothing: forecast")


def test_a_limit_that_follows_holds_and_is_released() -> None:
    following = policy(track={"headroom": "3d", "floor": 1000, "ceiling": 6000})

    verdict = verdict_of(
        following,
        clock={"start": "2026-08-10", "step": "1h"},
        limit=6000,
        spend={"+6h": "20x", "+12h": "1x"},
        history={"days": 60, "day": 100},
        acts=[{"at": "+8h", "release": True}],
        ignore=["limit_reached"],
        expect=[
            {
                "at": "+0h",
                "limit": {"from": 6000, "to": 1260},
                "because": "acme-monthly",
                "kind": "track",
            },
            {"by": "+7h", "fires": "tracking_held"},
            {"at": "+8h", "resolves": "tracking_held"},
            {"at": "+8h", "limit": {"to": 2129}},
        ],
    )

    assert lines_of(verdict) == []
    coverage = coverage_of(policy_set(following), {"one": verdict.expected})
    assert [each.effect for each in coverage.items] == ["track"]
    assert not coverage.missing


def test_a_new_month_is_told_and_begins_from_nothing() -> None:
    verdict = verdict_of(
        HALF,
        clock={"start": "2026-08-31 22:00", "step": "1h"},
        spend={"+0h": 2600, "2026-09-01 03:00": 3},
        ignore=["acme-monthly/half"],
        expect=[{"at": "2026-09-01", "begins": "2026-09", "tells": ["finops"]}],
    )

    assert lines_of(verdict) == []


def test_a_restored_baseline_is_named_by_its_kind() -> None:
    guarded = builders.organization(guardrails={"baseline_limit": 1000})
    policies = policy_set(*[RAISING], guard=builders.guard(guarded))

    verdict = verdict_of(
        policies,
        clock={"start": "2026-08-31 22:00", "step": "1h", "end": "+4h"},
        limit=1000,
        spend={"+0h": 840, "+1h": 850, "2026-09-01 01:00": 1},
        ignore=["acme-monthly/near", "2026-09"],
        expect=[
            {"at": "+1h", "limit": {"to": 1100}},
            {"by": "+4h", "limit": {"from": 1100, "to": 1000}, "kind": "restore"},
        ],
    )

    assert lines_of(verdict) == []


def test_a_limit_that_cannot_be_read_has_no_amount() -> None:
    outages = [{"from": "+0h", "to": "+2h", "of": "limit"}]
    observed = policy(
        threshold(id="stop", spend="10%", then=capping(700)), mode="observe"
    )
    expect = [{"at": "+0h", "stays": "observe_mode", "because": "acme-monthly/stop"}]

    verdict = verdict_of(observed, outages=outages, ignore=["*"], expect=expect)

    assert [amount_of(each.before) for each in verdict.expected] == [None]


def test_the_limit_of_the_start_is_the_baseline_or_none() -> None:
    guarded = builders.organization(guardrails={"baseline_limit": 4000})
    with_baseline = policy_set(HALF, guard=builders.guard(guarded))
    expect = [{"at": "+1h", "limit": {"to": 1}}]
    acts = [{"at": "+1h", "console": 5000}]

    for policies, before in ((with_baseline, "4000.00 EUR"), (HALF, "unlimited")):
        verdict = verdict_of(policies, limit=None, acts=acts, expect=expect)
        assert before in verdict.differences[-1].got
