"""What a plan says, in words that the terminal and a pull request share."""

from collections.abc import Iterator

from service.api.bodies.plan import (
    ChangeItem,
    OrganizationPlanItem,
    Plan,
    PlannedAlertItem,
    PlannedLimitItem,
)
from service.cli.output import limit_text, money_text
from service.domain.policy_plan import AlertMove, LimitMove
from service.domain.usage import FigureState

ALERT_WORDS = {
    AlertMove.FIRES: "fires",
    AlertMove.WAITS: "crossed, fires if it stays",
    AlertMove.RESOLVES: "resolves",
    AlertMove.ENDS: "ends: nothing watches it any more",
    AlertMove.GOES_ON: "goes on firing",
    AlertMove.SPARED: "does not fire, as it would without this change",
}
LIMIT_WORDS = {
    LimitMove.MADE: "made now",
    LimitMove.ASKED: "a person is asked now",
    LimitMove.DROPPED: "not made, as it would be without this change",
    LimitMove.WITHDRAWN: "the request that waits is withdrawn",
    LimitMove.SKIPPED: "wanted, and not made",
}
SAME = "Nothing differs from the policies in force: nothing would change."
_CAREFUL = (
    "Something would happen as soon as this is live. Look at each line above; to see"
    " it only told and recorded at first, write `mode: observe` into the policy."
)
_QUIET = (
    "Nothing would happen at once on these figures: this may go live when the"
    " differences are what was meant."
)
_BLIND = (
    "What would happen at once could not be told, for want of figures: plan again when"
    " they are there."
)
_ALONE = (
    "No figures were asked for: `spendguard policy plan` without --offline tells what"
    " would happen at once."
)


def name_of(item: PlannedAlertItem | PlannedLimitItem) -> str:
    """Name what moves: `acme-monthly/half`, or what it is where no policy says so."""
    if item.policy_id is None:
        return item.kind.value
    return f"{item.policy_id}/{item.threshold_id}"


def step_of(item: PlannedLimitItem) -> str:
    """Write from where to where the limit goes: `5,000.00 EUR → 6,000.00 EUR`."""
    before = limit_text(item.from_, unlimited=item.from_unlimited)
    if item.to is None and not item.unlimited:
        return f"stays at {before}"
    return f"{before} → {limit_text(item.to, unlimited=item.unlimited)}"


def change_of(item: ChangeItem) -> tuple[str, str, str]:
    """Say what of a policy differs, as it is in force and as it would be."""
    what = item.subject or "the policy"
    if item.what != "changed":
        what = f"{what}: {item.what}"
    return what, item.before or "", item.after or ""


def standing_of(item: OrganizationPlanItem) -> str:
    """Say on which figures the plan of an organization rests."""
    if item.at is None:
        return item.note
    limit = limit_text(item.spend_limit, unlimited=item.unlimited)
    doubt = ""
    if item.data is not None and item.data.reason:
        doubt = f"; {item.data.state}, {item.data.reason}: {item.data.detail}"
    return (
        f"spend {money_text(item.spend)}, limit {limit},"
        f" at {item.at:%Y-%m-%d %H:%M} UTC{doubt}"
    )


def advice_of(plan: Plan) -> str:
    """Say what to do now."""
    if plan.has_effect:
        return _CAREFUL
    if not plan.organizations:
        return _ALONE
    return _BLIND if any(map(is_blind, plan.organizations)) else _QUIET


def is_blind(item: OrganizationPlanItem) -> bool:
    """Say whether nothing can be told of an organization that is in force."""
    if item.data is None:
        return not item.new
    return item.data.state is FigureState.UNKNOWN


def summary_of(plan: Plan) -> str:
    """Count what differs and what would happen: `2 differences, 1 alert moves`."""
    return ", ".join(_counted(plan))


def _counted(plan: Plan) -> Iterator[str]:
    alerts = sum(len(each.alerts) for each in plan.organizations)
    moves = [
        each
        for organization in plan.organizations
        for each in organization.limit_changes
        if each.move in {LimitMove.MADE, LimitMove.ASKED}
    ]
    yield _number(len(plan.changes), "difference", "differences")
    if alerts:
        yield _number(alerts, "alert moves", "alerts move")
    if moves:
        yield _number(len(moves), "limit change", "limit changes")


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
