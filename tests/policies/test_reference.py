"""The examples of the reference page are policies that load."""

import re

from service.policy_files.reader import read_set
from tests.house.project import ROOT
from tests.policies.shipped import EXPANDER

BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_reference_load_without_a_finding() -> None:
    page = (ROOT / "docs" / "policies.md").read_text("utf-8")
    guard, policies = BLOCK.findall(page)

    reading = read_set([("guard.yaml", guard), ("acme.yaml", policies)], EXPANDER)

    assert reading.findings == ()
    assert len(reading.policies) == 3
