"""A draft over the set in force, and what it would do on the live figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr
from typing_extensions import override

from service.domain.errors import InvalidPolicies, ProviderUnavailable
from service.domain.guard import ChannelConfig, Guard
from service.domain.policy_plan import AlertMove, LimitMove
from service.domain.policy_set import PolicySet
from service.domain.usage import FigureState
from service.pipeline.plan_policies import Draft, drafted, plan_offline, plan_policies
from tests.builders import (
    guard,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.load_world import Texts

GUARD = ("guard.yaml", "guard 0")
ONE = ("one.yaml", "one 100")
TWO = ("two.yaml", "two 200")
API = ("api/three.yaml", "three 300")


@dataclass
class Files(Texts):
    """Implements `PolicySource`; the guard's own text declares no policy."""

    guard: Guard | None = None

    @override
    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        found = super().parse(texts)
        return replace(
            found,
            guard=self.guard or found.guard,
            policies=tuple(d for d in found.policies if d.policy.id != "guard"),
        )


def present() -> PolicySet:
    return Files().parse([GUARD, ONE, TWO, API])


def amounts(policies: PolicySet) -> list[tuple[str, int]]:
    return [
        (each.policy.id, int(each.policy.budget.amount)) for each in policies.policies
    ]


def test_the_same_folder_is_the_set_in_force() -> None:
    draft = Draft(files=(GUARD, ONE, TWO), is_whole=True)

    after = drafted(Files(), present(), draft)

    assert amounts(after) == [("one", 100), ("two", 200), ("three", 300)]
    assert after.revision == present().revision


def test_what_a_whole_folder_does_not_declare_is_removed_but_for_the_apis() -> None:
    after = drafted(Files(), present(), Draft(files=(GUARD, TWO), is_whole=True))

    assert amounts(after) == [("two", 200), ("three", 300)]


def test_a_file_is_put_over_the_set_in_the_places_of_its_policies() -> None:
    files = (("one.yaml", "one 150"), ("new.yaml", "two 250"), ("more.yaml", "four 4"))

    after = drafted(Files(), present(), Draft(files=files, is_whole=False))

    assert amounts(after) == [("one", 150), ("two", 250), ("three", 300), ("four", 4)]


def test_a_file_of_the_same_name_takes_its_policies_with_it() -> None:
    draft = Draft(files=(("one.yaml", "uno 1"),), is_whole=False)

    after = drafted(Files(), present(), draft)

    assert amounts(after) == [("two", 200), ("three", 300), ("uno", 1)]


def test_a_guard_may_be_tried_alone() -> None:
    draft = Draft(files=(("guard.yaml", "guard 1"),), is_whole=False)

    after = drafted(Files(), present(), draft)

    assert amounts(after) == amounts(present())
    assert after.texts[0] == ("guard.yaml", "guard 1")


def test_without_a_guard_anywhere_a_draft_is_refused() -> None:
    with pytest.raises(InvalidPolicies) as refused:
        drafted(Files(), None, Draft(files=(ONE,), is_whole=False))

    assert "guard.yaml" in str(refused.value)


def test_a_draft_needs_no_set_in_force() -> None:
    after = drafted(Files(), None, Draft(files=(GUARD, ONE), is_whole=True))

    assert amounts(after) == [("one", 100)]


def test_secrets_are_those_in_force() -> None:
    sent = guard(organization(api_key="unset://3"), organization("beta"))
    sent = sent.model_copy(
        update={
            "channels": (
                ChannelConfig(name="finops", url=SecretStr("unset://9")),
                ChannelConfig(name="new", url=SecretStr("unset://10")),
            )
        }
    )
    before = replace(present(), guard=guard())

    after = drafted(Files(guard=sent), before, Draft(files=(GUARD, ONE), is_whole=True))

    known, new = after.guard.channels
    assert known.url == before.guard.channels[0].url
    assert new.url.get_secret_value() == "unset://10"
    assert after.guard.organizations[0].api_key == before.guard.organizations[0].api_key


LOW = policy(threshold(spend="1%", then=raising(500)))
HIGH = policy(threshold(spend="99%"))


def planning(now: PolicySet) -> World:
    return World(policies=in_force(*(each.policy for each in now.policies)))


def kept(world: World) -> tuple[object, ...]:
    tables = world.tables
    return (
        dict(tables.states),
        dict(tables.alerts_by_id),
        dict(tables.changes_by_id),
        dict(tables.checks_by_id),
        dict(tables.notifications_by_id),
        list(tables.entries),
    )


def test_an_unchanged_set_plans_nothing_while_alerts_fire() -> None:
    policies = policy_set(LOW)
    world = planning(policies)
    world.check()

    plan = plan_policies(world.services(), policies, policies)

    (acme,) = plan.organizations
    assert (plan.changes, acme.alerts, acme.limits) == ((), (), ())
    assert not plan.has_effect


def test_a_plan_tells_what_would_fire_and_move_and_keeps_nothing() -> None:
    world = planning(policy_set(HIGH))
    world.check()
    before = kept(world)

    plan = plan_policies(world.services(), policy_set(HIGH), policy_set(LOW))

    (acme,) = plan.organizations
    assert [each.move for each in acme.alerts] == [AlertMove.FIRES]
    assert [(each.move, each.after) for each in acme.limits] == [
        (LimitMove.MADE, limit(10_500))
    ]
    assert [each.subject for each in plan.changes] == [
        "threshold half: spend",
        "threshold half: then raise_limit by",
    ]
    assert world.api.posts == []
    assert kept(world) == before


def test_without_a_set_in_force_everything_is_new() -> None:
    world = planning(policy_set(LOW))

    plan = plan_policies(world.services(), None, policy_set(LOW))

    assert plan.before is None
    assert [each.what.value for each in plan.changes] == ["added"]
    assert plan.organizations[0].alerts[0].move is AlertMove.FIRES


def test_a_provider_that_does_not_answer_leaves_the_differences() -> None:
    world = planning(policy_set(HIGH))
    world.api.then("spend_limit", ProviderUnavailable("no answer"))
    world.api.then("usage", ProviderUnavailable("no answer"))

    plan = plan_policies(world.services(), policy_set(HIGH), policy_set(LOW))

    (acme,) = plan.organizations
    assert len(plan.changes) == 2
    assert acme.spend is not None
    assert acme.spend.state is FigureState.UNKNOWN
    assert acme.alerts == ()


def test_an_organization_that_is_new_or_not_to_be_read_says_so() -> None:
    world = planning(policy_set(HIGH))
    both = guard(organization(), organization("beta"))

    plan = plan_policies(
        world.services(),
        policy_set(HIGH),
        policy_set(HIGH, guard=both),
        unread={"acme": "no key"},
    )

    acme, beta = plan.organizations
    assert (acme.note, acme.is_new) == ("no key", False)
    assert (beta.note, beta.is_new) == (
        "not in force yet, so nothing was read of it",
        True,
    )
    assert world.api.calls == []


def test_without_figures_the_differences_are_told_alone() -> None:
    plan = plan_offline(policy_set(HIGH), policy_set(LOW))

    assert (len(plan.changes), plan.organizations) == (2, ())
