"""A tracked limit has no baseline beside it."""

from service.policy_files.reader import read_set
from tests.policies.shipped import EXPANDER, GUARD

POLICY = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    track: {headroom: 3d, floor: 1000, ceiling: 120%}
"""


def told(guard: str) -> list[str]:
    texts = [("guard.yaml", guard), ("acme.yaml", POLICY)]
    return [str(each) for each in read_set(texts, EXPANDER).findings]


def test_without_a_baseline_it_loads_without_a_finding() -> None:
    assert told(GUARD[1]) == []


def test_with_one_it_is_refused_with_what_to_do() -> None:
    guard = GUARD[1].replace("min_limit: 200", "min_limit: 200, baseline_limit: 5000")

    assert told(guard) == [
        (
            "acme.yaml:6:12: track takes the place of baseline_limit: remove that from"
            " the guardrails of `acme`, or track here"
        )
    ]
