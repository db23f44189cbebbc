"""What an evaluation has found so far; each stage adds its part."""

from dataclasses import dataclass

from service.domain.approval_round import Round
from service.domain.check import ThresholdOutcome
from service.domain.drift import DriftNews
from service.domain.limit_change import LimitChange
from service.domain.limit_expiry import Endings
from service.domain.limit_plan import Plan, Skip
from service.domain.settlement import Settlement
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Settled changes, moved alerts and the planned change of one check.

    `skips` are those not recorded before, `skipped` their records, in the same order;
    `round` is what became of requests for approval.
    """

    settlement: Settlement
    drift: tuple[DriftNews, ...]
    state: OrganizationState
    is_new_period: bool
    outcomes: tuple[ThresholdOutcome, ...]
    moved: tuple[Moved, ...]
    plan: Plan
    skips: tuple[Skip, ...]
    endings: Endings
    skipped: tuple[LimitChange, ...]
    round: Round

    @property
    def ended(self) -> tuple[LimitChange, ...]:
        """Give the changes whose end became known."""
        return self.settlement.settled

    @property
    def planned(self) -> tuple[LimitChange, ...]:
        """Give the one planned change, or none."""
        return () if self.plan.change is None else (self.plan.change,)
