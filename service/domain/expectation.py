"""What the test of a policy expects to happen, and when."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.document import Document, Text, refuse
from service.domain.happening import What
from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.policy import Severity
from service.domain.policy_test_values import LimitAmount, Time

_ORIGIN = "acme-monthly/half"
# Of these the limit's keys say more.
_OF_THE_LIMIT = frozenset({What.LIMIT, What.STAYS})
_WITHOUT_SEVERITY = frozenset({What.LIMIT, What.STAYS, What.BEGINS})


class LimitStep(Document):
    """From where to where the limit moves."""

    before: LimitAmount | None = Field(
        None,
        alias="from",
        description="Where it stood; left out, wherever it stood.",
        examples=[5000],
    )
    to: LimitAmount = Field(description="Where it is then.", examples=[6000])


class Expectation(Document):
    """One thing that is to happen at a time: exactly one of the kinds.

    An alert is named `policy/threshold`, or by its kind where it is about the guard's
    own health.
    """

    at: Time | None = Field(
        None, description="When, exactly; a check is made then.", examples=["+1h"]
    )
    by: Time | None = Field(
        None,
        description="When at the latest; instead of `at`.",
        examples=["day 20 14:00"],
    )
    fires: Text | None = Field(
        None, description="An alert that fires.", examples=[_ORIGIN, "data_unknown"]
    )
    resolves: Text | None = Field(
        None, description="An alert that is over.", examples=[_ORIGIN]
    )
    reminds: Text | None = Field(
        None, description="An alert that is told again.", examples=[_ORIGIN]
    )
    updates: Text | None = Field(
        None,
        description="An alert of which more is known than was told.",
        examples=["limit_changed_outside"],
    )
    asks: Text | None = Field(
        None,
        description="A threshold for whose effect a person is asked.",
        examples=["acme-monthly/stop"],
    )
    asks_again: Text | None = Field(
        None,
        description="A request that is told again, at half of its time.",
        examples=["acme-monthly/stop"],
    )
    granted: Text | None = Field(
        None,
        description="A request that a person approved.",
        examples=["acme-monthly/stop"],
    )
    denied: Text | None = Field(
        None,
        description="A request that a person denied.",
        examples=["acme-monthly/stop"],
    )
    expired: Text | None = Field(
        None,
        description="A request that nobody answered in time.",
        examples=["acme-monthly/stop"],
    )
    superseded: Text | None = Field(
        None,
        description="A request of which nothing was left to approve.",
        examples=["acme-monthly/stop"],
    )
    limit: LimitStep | None = Field(
        None,
        description="The provider's limit moves.",
        examples=[{"from": 5000, "to": 6000}],
    )
    stays: SkipReason | None = Field(
        None,
        description="A change is wanted and not made; why.",
        examples=["observe_mode", "cooldown"],
    )
    begins: Text | None = Field(
        None, description="A month of which is told.", examples=["2026-09"]
    )
    because: Text | None = Field(
        None,
        description="Of a limit that moves or stays: the threshold that wants it, or"
        " the policy that tracks it.",
        examples=["acme-monthly/near-limit"],
    )
    kind: ChangeKind | None = Field(
        None,
        description="Of a limit that moves or stays: what kind of change it is.",
        examples=["raise", "cap", "track"],
    )
    severity: Severity | None = Field(
        None, description="How much to mind it.", examples=["warning"]
    )
    tells: tuple[Text, ...] | None = Field(
        None,
        description="The channels that hear of it, all of them, in any order; left out,"
        " whichever do.",
        examples=[["finops"]],
    )

    @property
    def what(self) -> What:
        """Give the kind of what is expected."""
        return next(each for each in What if getattr(self, each) is not None)

    @property
    def name(self) -> str:
        """Give who is expected to do it, as a happening is named; empty for anyone."""
        named = self.because if self.what in _OF_THE_LIMIT else getattr(self, self.what)
        return str(named or "")

    @property
    def when(self) -> Time:
        """Give the time, exact or at the latest."""
        return next(each for each in (self.at, self.by) if each is not None)

    @model_validator(mode="after")
    def _is_one_thing_at_one_time(self) -> Self:
        kinds = [each for each in What if getattr(self, each) is not None]
        broken: list[tuple[tuple[str | int, ...], str]] = []
        if (self.at is None) is (self.by is None):
            broken.append(((), "needs exactly one of `at` and `by`"))
        if len(kinds) != 1:
            broken.append(((), f"expects exactly one of {', '.join(What)}"))
        else:
            broken.extend(self._misplaced(kinds[0]))
        refuse(*broken)
        return self

    def _misplaced(self, what: What) -> list[tuple[tuple[str | int, ...], str]]:
        wrong = [
            key
            for key in ("because", "kind")
            if getattr(self, key) is not None and what not in _OF_THE_LIMIT
        ]
        if self.severity is not None and what in _WITHOUT_SEVERITY:
            wrong.append("severity")
        return [((key,), f"`{what}` has no {key}") for key in wrong]
