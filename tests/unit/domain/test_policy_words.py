"""What changes between two policy sets, in a person's words."""

from dataclasses import replace

from pydantic import SecretStr

from service.domain.guard import ChannelConfig
from service.domain.policy_set import PolicySet
from service.domain.policy_words import ChangeWord, PolicyChange, policy_changes
from tests.builders import (
    Fields,
    guard,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)


def only(before: PolicySet | None, after: PolicySet) -> PolicyChange:
    (change,) = policy_changes(before, after)
    return change


def said(before: PolicySet | None, after: PolicySet) -> tuple[Fields, ...]:
    change = only(before, after)
    return (change.target, change.what, change.subject, change.before, change.after)


def test_an_unchanged_set_has_nothing_to_say() -> None:
    policies = policy_set(policy(threshold()))

    assert policy_changes(policies, policies) == ()


def test_a_policy_that_came_is_summed_up() -> None:
    after = policy_set(policy(threshold(), threshold(id="all", spend="100%")))
    summary = "5000.00 EUR a month for acme, enforce, thresholds: half, all"

    assert said(None, after) == (
        "acme-monthly",
        ChangeWord.ADDED,
        "",
        None,
        summary,
    )
    assert said(after, policy_set()) == (
        "acme-monthly",
        ChangeWord.REMOVED,
        "",
        summary,
        None,
    )


def test_a_policy_without_thresholds_says_so() -> None:
    assert str(only(None, policy_set(policy())).after).endswith("thresholds: none")


def test_a_key_is_named_with_what_it_said_and_says() -> None:
    before, after = policy_set(policy()), policy_set(policy(amount=6000))

    assert said(before, after) == (
        "acme-monthly",
        ChangeWord.CHANGED,
        "budget amount",
        "5000",
        "6000",
    )


def test_a_key_of_a_threshold_names_the_threshold() -> None:
    before = policy_set(policy(threshold(then=raising(100))))
    after = policy_set(policy(threshold(then=raising(200))))

    assert said(before, after) == (
        "acme-monthly",
        ChangeWord.CHANGED,
        "threshold half: then raise_limit by",
        "100",
        "200",
    )


def test_a_threshold_that_came_or_went_is_one_change() -> None:
    without = policy_set(policy(threshold()))
    both = policy_set(policy(threshold(), threshold(id="all", spend="100%")))
    words = "severity warning, spend 100%"

    assert said(without, both) == (
        "acme-monthly",
        ChangeWord.ADDED,
        "threshold all",
        None,
        words,
    )
    assert said(both, without) == (
        "acme-monthly",
        ChangeWord.REMOVED,
        "threshold all",
        words,
        None,
    )


def test_of_two_names_that_fit_a_key_the_longer_is_meant() -> None:
    thresholds = (threshold(id="a"), threshold(id="a.b"))
    before = policy_set(policy(*thresholds))
    after = policy_set(policy(thresholds[0], threshold(id="a.b", spend="60%")))

    assert only(before, after).subject == "threshold a.b: spend"


def test_the_guard_goes_by_its_file_and_names_its_things() -> None:
    before = policy_set()
    after = replace(before, guard=guard(organization(guardrails={"max_limit": 9000})))

    assert said(before, after) == (
        "guard.yaml",
        ChangeWord.CHANGED,
        "organization acme: guardrails max_limit",
        None,
        "9000",
    )


def test_an_organization_that_came_is_one_change() -> None:
    before = policy_set()
    both = guard(organization(), organization("beta"))
    change = only(before, replace(before, guard=both))

    assert (change.target, change.what) == ("guard.yaml", ChangeWord.ADDED)
    assert change.subject == "organization beta"
    assert str(change.after).startswith("api_key (secret), auth_header ")
    assert "name" not in str(change.after)
    assert "sg_test" not in str(change.after)


def test_a_channel_that_came_is_one_change() -> None:
    before = policy_set()
    pager = ChannelConfig(name="pager", url=SecretStr("json://127.0.0.1/sg_test"))
    more = guard(channels=(*before.guard.channels, pager))

    change = only(before, replace(before, guard=more))

    assert (change.what, change.subject) == (ChangeWord.ADDED, "channel pager")
    assert "sg_test" not in str(change)


def test_a_secret_that_changed_is_not_written_out() -> None:
    before = policy_set()
    other = organization(api_key="sg_test_other")
    change = only(before, replace(before, guard=guard(other)))

    assert (change.before, change.after) == ("(secret)", "(secret), another")
