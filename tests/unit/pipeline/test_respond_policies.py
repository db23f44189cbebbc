"""Policies are put and deleted over the API; what a file declares is the file's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from typing_extensions import override

from service.domain.audit import AuditAction
from service.domain.errors import (
    Conflict,
    DeclaredInFile,
    Finding,
    InvalidInput,
    InvalidPolicies,
    NotFound,
)
from service.domain.following import Following
from service.domain.policy import Budget, Policy
from service.domain.policy_set import DeclaredPolicy, PolicySet, PolicySource
from service.pipeline.load import LoadedPolicies, load_policies
from service.pipeline.respond_policies import delete_policy, parse_alone, put_policy
from service.ports import Services
from tests.unit.pipeline.respond_world import ACTOR, World, policy_set

IN_FILE = ("acme.yaml", "monthly")
GUARD = ("guard.yaml", "")
BAD = "bad"


class Texts:
    """Implements `PolicySource` over texts that list policy ids, one a word.

    The word `bad` is an error, `odd` a warning.
    """

    def __init__(self) -> None:
        self.files: tuple[tuple[str, str], ...] = (GUARD, IN_FILE)

    def load(self) -> PolicySet:
        return self.parse(self.files)

    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        found = [
            finding(name, is_warning=word == "odd")
            for name, text in texts
            for word in text.split()
            if word in {BAD, "odd"}
        ]
        if any(not each.is_warning for each in found):
            raise InvalidPolicies(tuple(found), texts=tuple(texts))
        declared = [
            policy(word, name)
            for name, text in texts
            for word in text.split()
            if word != "odd"
        ]
        return replace(
            policy_set(),
            revision=str(sorted(texts)),
            policies=tuple(declared),
            texts=tuple(texts),
            warnings=tuple(found),
        )

    def draft(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        return self.parse(texts)

    def storable(self, texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple(texts)

    def wait_for_change(self, timeout: timedelta) -> bool:
        return timeout < timedelta(0)

    def look_now(self) -> None:
        return

    def following(self) -> Following | None:
        return None


def finding(name: str, *, is_warning: bool) -> Finding:
    return Finding(file=name, line=1, column=1, message="a word", is_warning=is_warning)


def policy(policy_id: str, name: str) -> DeclaredPolicy:
    is_api = name.startswith("api/")
    return DeclaredPolicy(
        policy=Policy(
            id=policy_id,
            organization="acme",
            budget=Budget(amount=Decimal(100), currency="EUR"),
        ),
        source=PolicySource.API if is_api else PolicySource.FILE,
        file=None if is_api else name,
        line=None if is_api else 1,
    )


def loaded(world: World, source: Texts) -> Services:
    policies = LoadedPolicies()
    services = replace(world.services(), policies=policies, policy_source=source)
    load_policies(services, policies)
    return services


def put(services: Services, policy_id: str, text: str) -> PolicySet:
    return put_policy(services, actor=ACTOR, policy_id=policy_id, text=text)


def test_a_put_policy_is_in_force_and_on_record() -> None:
    world = World()
    services = loaded(world, Texts())

    policies = put(services, "chat", "chat")

    declared = policies.declared("chat")
    assert declared is not None
    assert declared.source is PolicySource.API
    assert services.policies.current() == policies
    assert world.tables.policies_by_id["chat"].put_by == ACTOR
    (fact,) = [f for f in world.tables.facts if f.action is AuditAction.POLICY_PUT]
    assert (fact.actor, fact.target) == (ACTOR, "policy:chat")


def test_a_policy_may_be_put_again() -> None:
    services = loaded(World(), Texts())

    put(services, "chat", "chat")
    policies = put(services, "chat", "odd chat")

    assert [name for name, _ in policies.texts].count("api/chat.yaml") == 1


def test_a_policy_of_a_file_is_the_files() -> None:
    world = World()
    services = loaded(world, Texts())

    with pytest.raises(DeclaredInFile, match=r"acme\.yaml:1"):
        put(services, "monthly", "monthly")
    with pytest.raises(DeclaredInFile):
        delete_policy(services, actor=ACTOR, policy_id="monthly")

    assert world.tables.policies_by_id == {}


@pytest.mark.parametrize("text", ["", "other", "chat other"])
def test_a_put_declares_its_own_policy_alone(text: str) -> None:
    services = loaded(World(), Texts())

    with pytest.raises(InvalidInput, match="the one policy 'chat'"):
        put(services, "chat", text)


def test_findings_are_of_what_was_sent() -> None:
    services = loaded(World(), Texts())

    with pytest.raises(InvalidPolicies) as refused:
        put(services, "chat", "chat odd bad")

    assert {each.file for each in refused.value.findings} == {"request.yaml"}


def test_a_clash_found_elsewhere_is_still_told() -> None:
    source = Texts()
    services = loaded(World(), source)
    refusing = replace(services, policy_source=Clashing())

    with pytest.raises(InvalidPolicies) as refused:
        put(refusing, "chat", "chat")

    assert [each.file for each in refused.value.findings] == ["acme.yaml"]


class Clashing(Texts):
    """Finds fault with a file whenever something is put beside it."""

    @override
    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        assert texts
        raise InvalidPolicies((finding("acme.yaml", is_warning=False),))


def test_while_the_files_are_bad_nothing_is_put() -> None:
    source = Texts()
    services = loaded(World(), source)
    source.files = (GUARD, ("acme.yaml", BAD))
    assert isinstance(services.policies, LoadedPolicies)
    load_policies(services, services.policies)

    with pytest.raises(Conflict, match="mend them first"):
        put(services, "chat", "chat")


def test_files_that_turn_bad_meanwhile_are_told() -> None:
    source = Texts()
    services = loaded(World(), source)
    source.files = (GUARD, ("acme.yaml", BAD))

    with pytest.raises(Conflict, match="not in force"):
        put(services, "chat", "chat")


def test_a_deleted_policy_is_retired() -> None:
    world = World()
    services = loaded(world, Texts())
    put(services, "chat", "chat")

    delete_policy(services, actor=ACTOR, policy_id="chat")

    assert services.policies.current().declared("chat") is None
    assert world.tables.policies_by_id["chat"].retired_reason == "deleted"
    (fact,) = [f for f in world.tables.facts if f.action is AuditAction.POLICY_RETIRED]
    assert fact.actor == ACTOR
    with pytest.raises(NotFound):
        delete_policy(services, actor=ACTOR, policy_id="chat")


def test_fixed_policies_cannot_be_changed() -> None:
    with pytest.raises(Conflict, match="fixed"):
        put(World().services(), "chat", "chat")


def test_what_is_checked_alone_may_have_the_id_of_one_in_force() -> None:
    services = loaded(World(), Texts())

    (warning,) = parse_alone(services, "monthly odd")

    assert (warning.file, warning.is_warning) == ("request.yaml", True)


def test_what_is_checked_alone_is_refused_with_its_findings() -> None:
    services = loaded(World(), Texts())

    with pytest.raises(InvalidPolicies) as refused:
        parse_alone(services, BAD)

    assert [each.file for each in refused.value.findings] == ["request.yaml"]
