"""One planned change out of all wishes, with people asked where they are to be."""

from dataclasses import dataclass

from service.domain.approval import Approval
from service.domain.approval_request import Asker, with_requests
from service.domain.approval_round import Facts, Round, hold_round, with_approval
from service.domain.case import Case
from service.domain.limit_change import LimitChange
from service.domain.limit_expiry import Ending
from service.domain.limit_ground import Ground
from service.domain.limit_plan import Plan, plan_change
from service.domain.notification import Figures
from service.domain.thresholds import Moved
from service.domain.wanted import firing_of, last_caps, wanted_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a check found before it plans.

    `ended` are changes whose end is now known; `ending` takes back raises whose time is
    over.
    """

    moved: tuple[Moved, ...]
    ground: Ground
    ended: tuple[LimitChange, ...]
    figures: Figures
    ending: Ending | None


def plan_with_approvals(case: Case, outlook: Outlook) -> tuple[Round, Plan]:
    """Ask where a person is to be asked, and plan one change of all the rest."""
    ground, moved = outlook.ground, outlook.moved
    facts = Facts(
        wanted=tuple(wanted_of(moved)),
        firing=firing_of(moved, case.memory.alerts.values()),
        watched=firing_of(moved),
        ended=outlook.ended,
        ground=ground,
    )
    asker = Asker(policies=case.policies, ground=ground, figures=outlook.figures)
    round_ = with_requests(hold_round(case.memory.approvals, facts), asker)
    if round_.wish is not None:
        # What a person asked for and another approved wins over all that policies want.
        return with_approval(round_, Plan(change=round_.wish, skips=()), ground)
    caps = last_caps(case)
    plan = plan_change(round_.wanted, ground, last_caps=caps, ending=outlook.ending)
    return with_approval(round_, plan, ground)


def changed_approvals(case: Case, round_: Round) -> tuple[Approval, ...]:
    """Give the requests that are to be saved."""
    known = {each.id: each for each in case.memory.approvals}
    after = round_.approvals.values()
    return tuple(each for each in after if known.get(each.id) != each)
