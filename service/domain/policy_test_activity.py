"""What people do in the test of a policy, as it is written."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.activity import Metric, Per, ways_to_count
from service.domain.document import Document, Text, refuse
from service.domain.policy_test_values import Series


class Doing(Document):
    """How much somebody does of what the provider counts."""

    metric: Metric = Field(
        description="What is counted, as thresholds name it.",
        examples=["lechat.messages"],
    )
    per: Per = Field(
        description="Whose count it is: user, agent, workspace or organization.",
        examples=["user"],
    )
    name: Text | None = Field(
        None,
        description="Which one; left out for the organization.",
        examples=["ann"],
    )
    counts: Series = Field(
        description="Counted since the month began, at times, as for spend.",
        examples=[{"+0h": 4990, "+2h": 5001}],
    )

    @model_validator(mode="after")
    def _is_somebodys(self) -> Self:
        ways = ways_to_count(self.metric)
        if self.per not in ways:
            said = f"{self.metric} is not counted per {self.per}"
            refuse((("per",), f"{said}; possible: {', '.join(ways)}"))
        if (self.name is None) is (self.per is not Per.ORGANIZATION):
            said = (
                "needs `name`: which one does it"
                if self.name is None
                else "per: organization has no name"
            )
            refuse(((), said))
        return self
