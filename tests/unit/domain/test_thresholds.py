from datetime import UTC, datetime

import pytest

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.alerting import resolve
from service.domain.policy_set import PolicySet
from service.domain.thresholds import Moved, Walk, walk
from service.domain.usage import UsageSnapshot
from tests.builders import (
    NOON,
    TOKENS,
    alert,
    book,
    by_key,
    failure,
    policy,
    policy_set,
    report_of,
    snapshot,
    state,
    threshold,
)

SEPTEMBER = datetime(2026, 9, 1, 0, 5, tzinfo=UTC)
HALF = threshold(spend="50%", notify=["oncall"])
WEEKLY = policy(HALF, id="weekly", period="week", amount=100)
POLICIES = policy_set(policy(HALF))


def walked(
    *alerts: Alert,
    policies: PolicySet = POLICIES,
    seen: UsageSnapshot | None = None,
    now: datetime = NOON,
) -> Walk:
    looked_at = book(seen, state(), now=now)
    return walk(policies, "acme", looked_at, by_key(*alerts), now)


def ends(found: Walk) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (each.step.alert.state.value, each.step.alert.reason, each.channels)
        for each in found.moved
        if each.step.alert is not None
    ]


def test_every_threshold_of_the_organization_has_an_outcome() -> None:
    other = policy(HALF, id="beta-monthly", organization="beta")
    many = policy(HALF, threshold(id="near", limit="85%"))
    found = walked(policies=policy_set(many, other, WEEKLY))

    decided = [(each.policy_id, each.threshold_id) for each in found.outcomes]
    assert decided == [
        ("acme-monthly", "half"),
        ("acme-monthly", "near"),
        ("weekly", "half"),
    ]


def test_what_never_was_crossed_leaves_no_alert() -> None:
    assert walked().moved == ()


@pytest.mark.parametrize(
    ("before", "policies", "expected"),
    [
        pytest.param(
            alert("gone"), POLICIES, ("resolved", "removed"), id="a threshold is gone"
        ),
        pytest.param(
            alert(policy_id="gone"), POLICIES, ("resolved", "removed"), id="a policy is"
        ),
        pytest.param(
            alert(scope="acme;workspace=search"),
            POLICIES,
            ("resolved", "removed"),
            id="a policy looks elsewhere now",
        ),
        pytest.param(
            alert("gone", state=AlertState.PENDING),
            POLICIES,
            ("idle", "removed"),
            id="pending and gone",
        ),
        pytest.param(
            alert(period="2026-07"),
            POLICIES,
            ("resolved", "period_ended"),
            id="its month is over",
        ),
    ],
)
def test_what_no_policy_watches_any_more_ends(
    before: Alert, policies: PolicySet, expected: tuple[str, str]
) -> None:
    (found,) = ends(walked(before, policies=policies))

    assert found[:2] == expected
    is_watched = expected[1] == "period_ended"
    assert found[2] == (("oncall",) if is_watched else ("finops",))


def test_what_ended_is_written_whole() -> None:
    """The policy that still watches is told with it: a message names its budget."""
    gone, july, over = alert("gone"), alert(period="2026-07"), policy(HALF)

    assert walked(gone, july, policies=policy_set(over)).moved == (
        Moved(step=resolve(gone, "removed", NOON), channels=("finops",)),
        Moved(
            step=resolve(july, "period_ended", NOON),
            channels=("oncall",),
            policy=over,
            threshold=HALF,
        ),
    )


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(alert("gone", state=AlertState.RESOLVED), id="resolved before"),
        pytest.param(alert("gone", state=AlertState.IDLE), id="idle"),
        pytest.param(
            alert("data_unknown", policy_id="", kind=AlertKind.DATA_UNKNOWN),
            id="about health",
        ),
    ],
)
def test_what_is_not_open_or_not_a_policys_is_left(before: Alert) -> None:
    assert walked(before).moved == ()


def test_a_period_is_over_only_when_the_new_one_has_a_figure() -> None:
    lost = snapshot(at=SEPTEMBER, limit=failure(), usage=failure())

    assert walked(alert(), seen=lost, now=SEPTEMBER).moved == ()
    begun = walked(alert(), seen=snapshot(0, at=SEPTEMBER), now=SEPTEMBER)
    assert ends(begun) == [("resolved", "period_ended", ("oncall",))]


def test_a_week_ends_with_its_own_figure() -> None:
    before = alert(policy_id="weekly", period="2026-W33")
    found = walked(
        before, policies=policy_set(WEEKLY), seen=snapshot(usage=report_of(1))
    )

    assert ends(found) == [("resolved", "period_ended", ("oncall",))]


def test_a_scope_that_is_lost_ends_nothing() -> None:
    using = policy(
        threshold(usage={"unit": TOKENS, "above": 1}), scope={"workspace": "search"}
    )
    before = alert(scope="acme;workspace=search", period="2026-07")

    assert walked(before, policies=policy_set(using)).moved == ()
