"""The organization that benchmarks guard, with whatever policies each of them needs."""

from collections.abc import Iterable
from datetime import datetime

from service.domain.guard import Guard
from service.domain.policy import Policy
from service.domain.policy_set import DeclaredPolicy, PolicySet, PolicySource


def policies_of_acme(policies: Iterable[Policy], loaded_at: datetime) -> PolicySet:
    """Give policies as they stand when files were loaded; nothing of it is reached."""
    guard = Guard.model_validate(
        {
            "version": 1,
            "organizations": [
                {
                    "name": "acme",
                    "provider": "mistral",
                    "base_url": "http://127.0.0.1:9",
                    "api_key": "sg_test_bench",
                    "currency": "EUR",
                }
            ],
            "channels": [{"name": "finops", "url": "json://127.0.0.1:9/"}],
            "default_channels": ["finops"],
        }
    )
    return PolicySet(
        revision="0" * 64,
        guard=guard,
        policies=tuple(
            DeclaredPolicy(policy=each, source=PolicySource.FILE) for each in policies
        ),
        loaded_at=loaded_at,
    )
