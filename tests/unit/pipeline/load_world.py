"""A source of policies made of short texts, and all that a load needs around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.domain.audit import AuditAction, Fact
from service.domain.errors import (
    Finding,
    InvalidPolicies,
)
from service.domain.following import Following
from service.domain.notification import EventKind
from service.domain.policy import Budget, Policy
from service.domain.policy_set import (
    DeclaredPolicy,
    PolicySet,
    PolicySource,
    revision_of,
)
from service.pipeline.load import LoadedPolicies, load_policies
from service.ports import Services, StoredPolicy
from tests.unit.pipeline.respond_world import NOON, World, guard

BROKEN = Finding(file="acme.yaml", line=3, column=5, message="unknown key `spned`")
LITERAL = "4242"
DOUBT = Finding(file="acme.yaml", line=1, column=1, message="odd", is_warning=True)


def a_policy(policy_id: str, amount: int = 5000) -> Policy:
    budget = Budget.model_validate({"amount": amount, "currency": "EUR"})
    return Policy(id=policy_id, organization="acme", budget=budget)


@dataclass
class Texts:
    """Implements `PolicySource`: a text is `id amount`, or what is wrong with it.

    The amount 4242 is a secret: what is stored in its place is broken.
    """

    clock_now: datetime = NOON
    texts: tuple[tuple[str, str], ...] = (("acme.yaml", "acme 5000"),)
    findings: tuple[Finding, ...] = ()
    commit: str | None = "c0ffee"
    waited: list[timedelta] = field(default_factory=list)

    def load(self) -> PolicySet:
        if self.findings:
            raise InvalidPolicies(self.findings, texts=self.texts)
        return replace(self.parse(self.texts), commit=self.commit, author="Ann <a@b.c>")

    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        if any("broken" in text for _, text in texts):
            raise InvalidPolicies((BROKEN,), texts=tuple(texts))
        return PolicySet(
            revision=revision_of(texts),
            guard=guard(),
            policies=tuple(_declared(name, text) for name, text in texts),
            loaded_at=self.clock_now,
            texts=tuple(texts),
        )

    def draft(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        return self.parse(texts)

    def storable(self, texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, text.replace(LITERAL, "broken")) for name, text in texts)

    def wait_for_change(self, timeout: timedelta) -> bool:
        self.waited.append(timeout)
        return False

    def look_now(self) -> None:
        return

    def following(self) -> Following | None:
        return None


def _declared(name: str, text: str) -> DeclaredPolicy:
    policy_id, amount = text.split()
    policy = a_policy(policy_id, int(amount))
    if name.startswith("api/"):
        return DeclaredPolicy(policy=policy, source=PolicySource.API)
    return DeclaredPolicy(policy=policy, source=PolicySource.FILE, file=name, line=3)


@dataclass
class Loading:
    world: World = field(default_factory=World)
    source: Texts = field(default_factory=Texts)
    loaded: LoadedPolicies = field(default_factory=LoadedPolicies)

    @property
    def services(self) -> Services:
        return replace(
            self.world.services(),
            policies=self.loaded,
            policy_source=self.source,
            public_url="https://guard.example",
        )

    def load(self, *, strict_start: bool = False) -> bool:
        return load_policies(self.services, self.loaded, strict_start=strict_start)

    def restart(self) -> "Loading":
        return Loading(world=self.world, source=self.source)

    def later(self) -> None:
        self.world.clock.advance(timedelta(minutes=1))
        self.source.clock_now = self.world.clock.now()

    def facts(self, action: AuditAction) -> list[Fact]:
        return [each for each in self.world.tables.facts if each.action is action]

    def events(self) -> list[EventKind]:
        return [
            event.kind
            for each in self.world.tables.notifications_by_id.values()
            for event in each.message.events
        ]

    def put(self, policy_id: str) -> None:
        self.world.tables.policies_by_id[policy_id] = StoredPolicy(
            id=policy_id,
            text=f"{policy_id} 100",
            revision="r",
            put_at=NOON,
            put_by="key:alice",
        )
