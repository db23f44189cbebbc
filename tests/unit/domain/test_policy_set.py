"""A set of policies, and what makes two of them differ."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.guard import Guard
from service.domain.policy import Policy, Threshold
from service.domain.policy_differences import FieldChange, differences
from service.domain.policy_doubts import guard_doubts, policy_doubts
from service.domain.policy_set import (
    DeclaredPolicy,
    PolicySet,
    PolicySource,
    revision_of,
)

AT = datetime(2026, 8, 20, 12, tzinfo=UTC)


def a_guard(**changed: object) -> Guard:
    acme = {"name": "acme", "api_key": "sg_test_acme", "currency": "EUR"}
    written: dict[str, Any] = {
        "version": 1,
        "organizations": [acme],
        "channels": [{"name": "finops", "url": "slack://sg_test_old"}],
        "default_channels": ["finops", "finops"],
    }
    return Guard.model_validate(written | changed)


def a_policy(policy_id: str = "acme-monthly", **changed: object) -> Policy:
    written: dict[str, Any] = {
        "id": policy_id,
        "organization": "acme",
        "budget": {"amount": 5000, "currency": "EUR"},
        "thresholds": [{"id": "half", "spend": "50%"}],
    }
    return Policy.model_validate(written | changed)


def a_set(*policies: Policy, guard: Guard | None = None) -> PolicySet:
    return PolicySet(
        revision=revision_of([("a.yaml", "a")]),
        guard=guard or a_guard(),
        policies=tuple(
            DeclaredPolicy(policy=each, source=PolicySource.FILE, file="a.yaml", line=3)
            for each in policies
        ),
        loaded_at=AT,
    )


def test_a_set_finds_what_it_holds() -> None:
    policy = a_policy()
    policies = a_set(policy)

    assert policies.organization("acme") is policies.guard.organizations[0]
    assert policies.organization("beta") is None
    assert policies.of("acme") == (policy,)
    assert policies.of("beta") == ()
    assert policies.declared("acme-monthly") is policies.policies[0]
    assert policies.declared("other") is None


def test_a_threshold_tells_each_channel_once() -> None:
    policies = a_set()
    silent = Threshold.model_validate({"id": "a", "spend": 1})
    loud = Threshold.model_validate({"id": "a", "spend": 1, "notify": ["b", "a", "b"]})

    assert policies.channels_of(silent) == ("finops",)
    assert policies.channels_of(loud) == ("b", "a")


def test_a_revision_follows_from_names_and_texts_alone() -> None:
    one, two = ("a.yaml", "1"), ("b.yaml", "2")

    assert revision_of([one, two]) == revision_of([two, one])
    assert revision_of([one]) != revision_of([two])
    assert revision_of([("a", "bc")]) != revision_of([("ab", "c")])


def test_without_a_set_before_everything_is_added() -> None:
    found = differences(None, a_set(a_policy("b"), a_policy("a")))

    assert (found.added, found.removed, found.changed) == (("a", "b"), (), ())


def test_policies_come_and_go() -> None:
    found = differences(a_set(a_policy("a")), a_set(a_policy("b")))

    assert (found.added, found.removed, found.changed) == (("b",), ("a",), ())


def test_a_change_is_told_key_by_key() -> None:
    before = a_policy(
        title="Old",
        scope={"categories": ["ocr", "chat"]},
        thresholds=[
            {"id": "half", "spend": "50%", "for": "6h"},
            {"id": "gone", "spend": "0.0000001"},
        ],
    )
    after = a_policy(
        title="New",
        mode="enforce",
        thresholds=[{"id": "half", "spend": 2500, "for": "90m", "notify": ["finops"]}],
    )

    changed = differences(a_set(before), a_set(after)).changed

    assert [(each.key, each.before, each.after) for each in changed] == [
        ("mode", "observe", "enforce"),
        ("scope.categories", "[ocr, chat]", "[]"),
        ("thresholds.gone.id", "gone", None),
        ("thresholds.gone.severity", "warning", None),
        ("thresholds.gone.spend", "0.0000001", None),
        ("thresholds.half.for", "6h", "90m"),
        ("thresholds.half.notify", None, "[finops]"),
        ("thresholds.half.spend", "50%", "2500"),
        ("title", "Old", "New"),
    ]


def test_a_changed_flag_is_written_as_in_yaml() -> None:
    def capped(*, below: bool) -> Policy:
        cap = {"cap_limit": {"to": 1, "below_spend": below}, "approval": "none"}
        return a_policy(thresholds=[{"id": "a", "spend": 1, "then": cap}])

    changed = differences(a_set(capped(below=False)), a_set(capped(below=True))).changed

    assert [(each.before, each.after) for each in changed] == [("false", "true")]


def test_a_changed_secret_is_told_without_its_value() -> None:
    moved = a_guard(channels=[{"name": "finops", "url": "slack://sg_test_new"}])

    assert differences(a_set(), a_set(guard=moved)).changed == (
        FieldChange(
            target="(guard)",
            key="channels.finops.url",
            before="(secret)",
            after="(secret)",
        ),
    )


def test_equal_sets_do_not_differ() -> None:
    policies = a_set(a_policy())

    found = differences(policies, replace(policies, commit="c0ffee"))

    assert (found.added, found.removed, found.changed) == ((), (), ())


def doubts_of(threshold: dict[str, Any], **changed: object) -> list[str]:
    rails = {"max_limit": 8000, "min_limit": 200, **changed}
    acme = {
        "name": "acme",
        "api_key": "sg_test_acme",
        "currency": "EUR",
        "guardrails": {key: value for key, value in rails.items() if value is not None},
    }
    guard = a_guard(organizations=[acme])
    policy = a_policy(thresholds=[{"id": "a", **threshold}])
    guardrails = guard.organizations[0].guardrails
    return [
        f"{'.'.join(map(str, path))}: {text}"
        for path, text in policy_doubts(policy, guardrails)
    ]


CAP = {"approval": "none"}
TALK = {"metric": "lechat.messages", "per": "user", "above": 5000}


@pytest.mark.parametrize(
    ("threshold", "told"),
    [
        ({"limit": "101%"}, "thresholds.0.limit: never reached: the provider stops"),
        ({"spend": 0}, "thresholds.0.spend: fires at once"),
        ({"forecast": "0%"}, "thresholds.0.forecast: fires at once"),
        (
            {"pace": {"window": "3h", "above": "5x", "at_least": 9000}},
            "thresholds.0.pace.at_least: never reached: the limit stops",
        ),
        (
            {"spend": "50%", "for": "31d"},
            "thresholds.0.for: never fires: a month is over before",
        ),
        (
            {"activity": TALK | {"window": "week"}, "for": "7d"},
            "thresholds.0.for: never fires: a week is over before",
        ),
        (
            {"activity": TALK | {"window": "day"}, "for": "24h"},
            "thresholds.0.for: never fires: a day is over before",
        ),
        ({"spend": "200%"}, "thresholds.0.spend: never reached: the limit stops"),
        (
            {"spend": 1, "then": {"raise_limit": {"by": 1, "up_to": 9000}}},
            "thresholds.0.then.raise_limit.up_to: never reached: max_limit",
        ),
        (
            {"spend": 1, "then": CAP | {"cap_limit": {"to": "1%"}}},
            "thresholds.0.then.cap_limit.to: never reached: min_limit",
        ),
        (
            {"spend": 1, "then": CAP | {"set_limit": {"to": 100}}},
            "thresholds.0.then.set_limit.to: never reached: min_limit",
        ),
    ],
)
def test_what_can_never_happen_is_doubted(threshold: dict[str, Any], told: str) -> None:
    (doubt,) = doubts_of(threshold)

    assert doubt.startswith(told)


@pytest.mark.parametrize(
    "threshold",
    [
        {"limit": "100%"},
        {"spend": "50%", "for": "30d"},
        {"activity": TALK | {"window": "day"}, "for": "23h"},
        {"spend": "100%"},
        {"spend": 8000},
        {"forecast": 9000},
        {"usage": {"unit": "api_tokens", "above": 1}},
        {"spend": 1, "then": {"raise_limit": {"by": 1, "up_to": "100%"}}},
        {"spend": 1, "then": {"raise_limit": {"by": 1}}},
        {"spend": 1, "then": CAP | {"cap_limit": {"to": "spend + 5%"}}},
        {"spend": 1, "then": CAP | {"cap_limit": {"to": 5000}}},
        {"spend": 1, "then": CAP | {"cap_limit": {"to": 200}}},
        {"spend": 1, "then": CAP | {"set_limit": {"to": 8000}}},
    ],
)
def test_what_can_happen_is_not_doubted(threshold: dict[str, Any]) -> None:
    assert doubts_of(threshold) == []


def test_a_raise_nothing_bounds_is_doubted() -> None:
    raising = {"spend": 1, "then": {"raise_limit": {"by": 1}}}

    assert "without a ceiling" in doubts_of(raising, max_limit=None)[0]
    assert "never raises" in doubts_of(raising, max_changes_per_day=0)[0]
    assert "never raises" in doubts_of(raising, max_raise_per_period=0)[0]


def test_the_highest_limit_bounds_no_part_of_the_usage() -> None:
    guardrails = (
        a_guard(
            organizations=[
                {
                    "name": "acme",
                    "api_key": "sg_test_acme",
                    "currency": "EUR",
                    "guardrails": {"max_limit": 10},
                }
            ]
        )
        .organizations[0]
        .guardrails
    )
    part = a_policy(scope={"workspace": "Search"})
    week = a_policy(budget={"amount": 100, "currency": "EUR", "period": "week"})

    assert [*policy_doubts(part, guardrails), *policy_doubts(week, guardrails)] == []


def test_a_policy_that_watches_nothing_is_doubted() -> None:
    guardrails = a_guard().organizations[0].guardrails

    ((path, text),) = policy_doubts(a_policy(thresholds=[]), guardrails)

    assert (path, "watches nothing" in text) == ((), True)


def test_a_guard_that_tells_nobody_or_shares_a_key_is_doubted() -> None:
    acme = {"name": "acme", "api_key": "sg_test_acme", "currency": "EUR"}
    rails = {"guardrails": {"max_limit": 10, "baseline_limit": 20}}
    other = acme | {"name": "other", "api_key": "sg_test_other"}
    moved = acme | {"name": "moved", "base_url": "https://other.example"}
    guard = a_guard(
        organizations=[
            acme,
            acme | {"name": "beta"},
            acme | rails | {"name": "gamma"},
            other,
            moved,
        ],
        default_channels=[],
    )

    assert list(guard_doubts(a_guard())) == []
    assert [path for path, _ in guard_doubts(guard)] == [
        (),
        ("organizations", 1, "api_key"),
        ("organizations", 2, "api_key"),
        ("organizations", 2, "guardrails", "baseline_limit"),
    ]
