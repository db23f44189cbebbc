"""What an installation has of its own, and what to do about what it lacks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.diagnosis import Diagnosis, Verdict
from service.domain.errors import Finding
from service.domain.past_read import PastRead, past_months
from service.domain.period import month_of
from service.domain.policy_set import PolicySet
from service.domain.proof import Proof
from service.domain.usage import Failure
from service.pipeline.examine_guard import (
    examine_ceilings,
    examine_channels,
    examine_history,
    examine_policies,
    examine_rounds,
)
from service.ports import Limits
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    guard,
    organization,
    policy,
    policy_set,
)
from tests.unit.pipeline.checked_world import World

PROVEN = Proof(
    channel="finops", since=NOON - DAY, delivered_at=NOON - HOUR, delivered_id="nt_1"
)


def test_policies_are_counted_and_their_warnings_shown() -> None:
    warning = Finding(
        file="acme.yaml", line=3, column=5, message="cannot happen", is_warning=True
    )

    found = list(examine_policies(policy_set(policy(), warnings=(warning,))))

    assert [each.verdict for each in found] == [Verdict.FINE, Verdict.NOTE]
    assert found[0].said.startswith("1 policies, revision c0ffee")
    assert found[1].said == "acme.yaml:3:5: warning: cannot happen"


def test_a_guard_that_tells_nobody_of_itself_is_a_finding() -> None:
    deaf = policy_set(guard=guard(default_channels=()))

    assert list(examine_policies(deaf))[-1].verdict is Verdict.FINDING


@pytest.mark.parametrize(
    ("outer", "inner", "mode", "verdict", "said"),
    [
        (8000, None, "enforce", Verdict.FINE, "SPENDGUARD_MAX_LIMIT: 8000 EUR"),
        (None, 6000, "enforce", Verdict.NOTE, "max_limit: 6000 EUR in guard.yaml"),
        (None, None, "enforce", Verdict.FINDING, "nothing bounds"),
        (None, None, "observe", Verdict.NOTE, "nothing bounds"),
    ],
)
def test_what_bounds_the_limit_is_named(
    outer: int | None, inner: int | None, mode: str, verdict: Verdict, said: str
) -> None:
    bounds = {} if inner is None else {"max_limit": inner}
    policies = policy_set(
        policy(mode=mode), guard=guard(organization(guardrails=bounds))
    )
    services = replace(World().services(), limits=Limits(every=outer))

    (found,) = examine_ceilings(services, policies)

    assert found.verdict is verdict
    assert said in found.said


def channel(policies: PolicySet, *proofs: Proof) -> Diagnosis:
    found = examine_channels(World().services(), policies, proofs)
    (finops,) = [each for each in found if each.topic == "channel finops"]
    return finops


@pytest.mark.parametrize(
    ("changes", "verdict", "said"),
    [
        ({}, Verdict.FINE, "took nt_1 60 min ago"),
        ({"delivered_id": None}, Verdict.FINE, "took a message 60 min ago"),
        (
            {"delivered_at": NOON - timedelta(minutes=5)},
            Verdict.FINE,
            "took nt_1 5 min ago",
        ),
        ({"delivered_at": None}, Verdict.FINDING, "never proven"),
        ({"failed_at": NOON, "error": "503"}, Verdict.FINDING, "failing: 503"),
    ],
)
def test_a_channel_shows_when_it_was_last_proven(
    changes: dict[str, Fields], verdict: Verdict, said: str
) -> None:
    found = channel(policy_set(), replace(PROVEN, **changes))

    assert found.verdict is verdict
    assert said in found.said


def test_a_ceiling_of_an_organization_that_is_not_there_is_a_finding() -> None:
    ceilings = Limits(by_organization=(("acme", 8000), ("acmee", 300)))
    services = replace(World().services(), limits=ceilings)

    known, slip = examine_ceilings(services, policy_set())

    assert known.said == "SPENDGUARD_MAX_LIMIT: 8000 EUR"
    assert slip.verdict is Verdict.FINDING
    assert slip.said.startswith("SPENDGUARD_MAX_LIMIT: acmee=300 binds nothing")


def test_a_channel_nobody_knows_yet_is_to_be_tested() -> None:
    found = channel(policy_set())

    assert found.verdict is Verdict.FINDING
    assert found.advice == "spendguard channel test finops"


def test_a_guard_that_runs_is_seen_by_its_checks() -> None:
    world = World()
    services, policies = world.services(), world.policies.current()
    (never,) = examine_rounds(services, policies)
    world.check()
    world.clock.advance(MINUTE)

    (running,) = examine_rounds(services, policies)
    world.clock.advance(HOUR)
    (gone,) = examine_rounds(services, policies)

    assert never.said == "never checked"
    assert (running.verdict, running.said) == (Verdict.FINE, "last checked 60 s ago")
    assert gone.verdict is Verdict.FINDING
    assert "spendguard serve" in gone.advice


def test_it_is_told_how_much_of_the_past_is_known() -> None:
    world = World()
    services, policies = world.services(), world.policies.current()
    (nothing,) = examine_history(services, policies)
    reads = [
        PastRead(organization="acme", workspace="", period=month.key, currency="EUR")
        for month in past_months(month_of(NOON))
    ]
    for each in reads:
        world.tables.reads["acme", each.period, ""] = each.succeeded(NOON)
    (whole,) = examine_history(services, policies)
    gone = Failure(reason="not_kept", detail="404")
    oldest = reads[-1]
    world.tables.reads["acme", oldest.period, ""] = oldest.failed(gone, NOON)
    (ends,) = examine_history(services, policies)

    assert (nothing.verdict, nothing.said) == (Verdict.NOTE, "0 of 12 past months")
    assert nothing.advice == "a running guard reads the rest, or spendguard check"
    assert whole.verdict is ends.verdict is Verdict.FINE
    assert whole.said == "12 of 12 past months since 2025-08"
    assert ends.said == "11 of 12 past months since 2025-09; not_kept: 404"
