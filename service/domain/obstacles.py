"""Why a threshold's effect is not carried out: each reason in words, and until when."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.approval import Approval, ApprovalState
from service.domain.effect import RaiseLimit, SetLimit
from service.domain.limit_change import ChangeKind, LimitChange, SkipReason
from service.domain.limit_ground import Ground, Wanted
from service.domain.limit_rules import CAP_COOLDOWN, applied_by, sum_bound
from service.domain.money import shown
from service.domain.policy import Mode

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason against an effect; `until` is when it ends by itself, if it does."""

    reason: str
    detail: str
    until: datetime | None = None


def obstacles_of(
    wanted: Wanted,
    skip: SkipReason | None,
    ground: Ground,
    approvals: Iterable[Approval],
) -> tuple[Obstacle, ...]:
    """Give all that stands against an effect; `skip` is what the rules came to."""
    return tuple(_obstacles(wanted, skip, ground, tuple(approvals)))


def _obstacles(
    wanted: Wanted,
    skip: SkipReason | None,
    ground: Ground,
    approvals: tuple[Approval, ...],
) -> Iterator[Obstacle]:
    if wanted.policy.mode is Mode.OBSERVE:
        detail = "the policy's mode is observe: it decides and records only"
        yield Obstacle(reason=SkipReason.OBSERVE_MODE, detail=detail)
    if isinstance(wanted.effect, RaiseLimit) and wanted.alert.effect_done:
        detail = "this firing has had its raise; the next firing may have another"
        yield Obstacle(reason="done", detail=detail)
    elif skip is not None:
        yield from _DETAILS[skip](wanted, ground, skip)
    yield from _approval(wanted, approvals)


def _approval(wanted: Wanted, approvals: Iterable[Approval]) -> Iterator[Obstacle]:
    then = wanted.threshold.then
    if then is None or then.asks is None:
        return
    asked = next((e for e in approvals if e.alert_id == wanted.alert.id), None)
    if asked is None:
        yield Obstacle(reason="approval", detail="a person is asked first")
    elif asked.state is ApprovalState.PENDING:
        yield Obstacle(
            reason="approval",
            detail=f"a person was asked, and has not answered: {asked.id}",
            until=asked.expires_at,
        )
    elif not asked.is_open:
        who = f" by {asked.decided_by}" if asked.decided_by else ""
        yield Obstacle(
            reason="approval",
            detail=f"the request {asked.id} is {asked.state}{who}: it holds until the"
            " next firing",
        )


_Detail = Callable[[Wanted, Ground, SkipReason], Iterator[Obstacle]]


def _said(detail: str) -> _Detail:
    def tell(wanted: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
        del wanted, ground
        yield Obstacle(reason=skip, detail=detail)

    return tell


def _doubt(wanted: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
    figure = ground.figure
    if ground.limit is None:
        detail = "the limit could not be read"
    elif any(each.is_unsettled for each in ground.changes):
        detail = "it is not known yet what became of an earlier change"
    elif wanted.is_by_bound:
        detail = "only the most that the spend may be crosses the threshold"
    else:
        detail = f"the spend is {figure.state}: {figure.detail or figure.reason}"
    yield Obstacle(reason=skip, detail=detail)


def _overridden(_: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
    chosen = ground.state.override
    yield Obstacle(
        reason=skip,
        detail="" if chosen is None else f"{chosen.by} set the limit to {chosen.limit}",
        until=None if chosen is None else chosen.until,
    )


def _cooldown(wanted: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
    ends = {"a change failed, and is not tried again at once": ground.state.retry_at}
    effect = wanted.effect
    if _goes_up(wanted, ground):
        raises, cooldown = ground.applied_raises(), ground.guardrails.cooldown
        ends["the guardrails' cooldown after a raise"] = _after(raises, cooldown)
    else:
        lowered = ground.applied(ChangeKind.CAP, wanted.kind)
        ends["the cooldown after a cap or set"] = _after(lowered, CAP_COOLDOWN)
    if isinstance(effect, RaiseLimit) and effect.cooldown is not None:
        own = _after(applied_by(wanted, ground), effect.cooldown)
        ends["the threshold's own cooldown after a raise"] = own
    for detail, until in ends.items():
        if until is not None and until > ground.now:
            yield Obstacle(reason=skip, detail=detail, until=until)


def _goes_up(wanted: Wanted, ground: Ground) -> bool:
    effect, limit = wanted.effect, ground.limit
    if isinstance(effect, SetLimit) and limit is not None and limit.amount is not None:
        return wanted.policy.budget.amount_of(effect.to) > limit.amount.amount
    return isinstance(effect, RaiseLimit)


def _after(changes: Iterable[LimitChange], cooldown: timedelta) -> datetime | None:
    ended = (each.settled_at or each.planned_at for each in changes)
    last = max(ended, default=None)
    return None if last is None else last + cooldown


def _guardrail(wanted: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
    """Name the guardrail; where none is found, that there is no room within them."""
    found = tuple(_used_up(wanted, ground, skip))
    yield from found or (
        Obstacle(
            reason=skip,
            detail="max_limit, min_limit, up_to, max_raise_per_period, a cap or"
            " SPENDGUARD_MAX_LIMIT leaves no room for it",
        ),
    )


def _used_up(wanted: Wanted, ground: Ground, skip: SkipReason) -> Iterator[Obstacle]:
    effect = wanted.effect
    if not isinstance(effect, RaiseLimit):
        return
    times, own = effect.times_per_period, len(applied_by(wanted, ground))
    if times is not None and own >= times:
        detail = f"times_per_period: {own} of {times} are used up"
        yield Obstacle(reason=skip, detail=detail, until=ground.book.month.end)
    ended = sorted(e.settled_at or e.planned_at for e in ground.applied_raises())
    today = [each for each in ended if each > ground.now - _DAY]
    most = ground.guardrails.max_changes_per_day
    if len(today) >= most:
        detail = f"max_changes_per_day: {len(today)} of {most} in 24 h are used up"
        until = today[0] + _DAY if today else None
        yield Obstacle(reason=skip, detail=detail, until=until)
    limit = None if ground.limit is None else ground.limit.amount
    bounds = (*ground.ceilings, *sum_bound(ground))
    if bounds and limit is not None and limit.amount >= min(bounds):
        detail = f"the limit is at or above the {shown(min(bounds))} that is allowed"
        yield Obstacle(reason=skip, detail=detail)


_DETAILS: Mapping[SkipReason, _Detail] = {
    SkipReason.OBSERVE_MODE: _said("the policy's mode is observe"),
    SkipReason.COOLDOWN: _cooldown,
    SkipReason.GUARDRAIL: _guardrail,
    SkipReason.PAUSED: _said(
        "automatic changes are paused: `spendguard resume` allows them again"
    ),
    SkipReason.DOUBTFUL_DATA: _doubt,
    SkipReason.OVERRIDDEN: _overridden,
    SkipReason.DRIFT: _said(
        "the limit was moved outside: `spendguard limit adopt` or `revert` decides"
    ),
    SkipReason.CIRCUIT_OPEN: _said(
        "three changes in a row failed: `spendguard resume` closes the circuit"
    ),
    SkipReason.SUPERSEDED: _said("another change wins over it"),
    SkipReason.NO_CHANGE: _said("the limit stands there already, or beyond"),
}
