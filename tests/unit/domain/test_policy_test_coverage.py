"""What tests of policies have shown, and what they never can."""

from service.domain.policy_test_coverage import coverage_of
from tests import builders
from tests.builders import capping, policy, policy_set, raising, threshold


def test_what_no_test_shows_is_named_with_why_it_never_can_be() -> None:
    guarded = builders.organization(
        guardrails={"max_limit": 6000, "max_changes_per_day": 0}
    )
    policies = policy_set(
        policy(
            threshold(id="far", spend=7000),
            threshold(id="near", limit="85%", then=raising(by=10, up_to=5000)),
            threshold(id="any", spend=0),
            threshold(id="stop", spend=5000, then=capping(7000)),
            track={"headroom": "3d"},
        ),
        policy(id="empty"),
        policy(threshold(spend=0), id="stray", organization="elsewhere"),
        guard=builders.guard(guarded),
    )

    coverage = coverage_of(policies, {})

    assert [(each.name, each.effect, each.never) for each in coverage.missing] == [
        (
            "acme-monthly/far",
            "",
            "never reached: the limit stops spend at max_limit, 6000",
        ),
        ("acme-monthly/near", "", ""),
        (
            "acme-monthly/near",
            "raise_limit",
            "never raises: the guardrails allow no automatic raise",
        ),
        ("acme-monthly/any", "", ""),
        ("acme-monthly/stop", "", ""),
        (
            "acme-monthly/stop",
            "cap_limit",
            "never reached: max_limit of the guardrails is 6000",
        ),
        (
            "acme-monthly",
            "track",
            "never raises: the guardrails allow no automatic raise",
        ),
        ("stray/half", "", ""),
    ]
    assert coverage.percent == 0
    assert coverage_of(policy_set(), {}).percent == 100
