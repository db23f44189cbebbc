"""Policies that are in force because a test says so."""

from collections.abc import Sequence
from datetime import timedelta

from service.domain.following import Following
from service.domain.policy_set import PolicySet


class FixedPolicies:
    """Implements `PoliciesInForce` and `PolicySource` over one set."""

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies

    def current(self) -> PolicySet:
        return self.policies

    def error(self) -> str | None:
        return None

    def load(self) -> PolicySet:
        return self.policies

    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        assert texts
        return self.policies

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
