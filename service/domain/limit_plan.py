"""Many wanted changes become one: who wins, and what is recorded of the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from service.domain.alert import Alert
from service.domain.audit import SCHEDULER
from service.domain.effect import CapLimit, RaiseLimit
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    SkipReason,
    change_id,
)
from service.domain.limit_expiry import Ending
from service.domain.limit_ground import Ground, Move, Wanted
from service.domain.limit_permit import permitted_ceiling, within_permit
from service.domain.limit_rules import (
    blocked,
    cap_ceiling,
    held_by_drift,
    resolve_effect,
)
from service.domain.limit_track import track_move
from service.domain.money import Money, whole_down, whole_up
from service.domain.policy import Mode
from service.domain.revert import revert_move
from service.domain.usage import FigureState, SpendLimit

BASELINE = "baseline"
DRIFT = "drift"
TRACK = "track"
_ORIGINS = {ChangeKind.REVERT: DRIFT, ChangeKind.TRACK: TRACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A wanted change not carried out now; `wanted` is None where no policy asked.

    `move` is what would have been done, where only the mode or a winner stands against
    it; `unasked` is what it is then: the baseline's return, a drift's, or tracking.
    """

    wanted: Wanted | None
    reason: SkipReason
    move: Move | None = None
    unasked: ChangeKind = ChangeKind.RESTORE

    @property
    def is_revert(self) -> bool:
        """Say whether a limit moved outside was to be put back."""
        return self.wanted is None and self.unasked is ChangeKind.REVERT

    @property
    def is_track(self) -> bool:
        """Say whether a limit that follows was to be moved."""
        return self.wanted is None and self.unasked is ChangeKind.TRACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one check makes of all that is wanted: one change at most."""

    change: LimitChange | None
    skips: tuple[Skip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    wanted: Wanted | None
    move: Move
    ending: Ending | None = None

    @property
    def rank(self) -> tuple[int, Decimal]:
        """Order candidates, the winner first: caps, ends and restore, track, raises."""
        target = self.move.target
        is_revert = self.move.kind is ChangeKind.REVERT
        if self.move.is_lowering and (self.wanted is not None or is_revert):
            return (0, target)  # the lowest cap wins
        if self.move.kind is ChangeKind.TRACK:
            return (2, target)
        if self.wanted is None:
            return (1, target)
        return (3, -target)  # the largest raise wins


def plan_change(
    wanted: Iterable[Wanted],
    ground: Ground,
    *,
    last_caps: Iterable[Alert] = (),
    ending: Ending | None = None,
) -> Plan:
    """Make one change of all that firing thresholds, ends and the baseline want.

    `last_caps` are the alerts of the period before whose caps came into force;
    `ending` takes back raises, and waits without a record when another wins.
    """
    asked = tuple(wanted)
    caps = tuple(active_caps(asked, ground))
    candidates: list[_Candidate] = []
    skips: list[Skip] = []
    verdicts: list[tuple[Wanted | None, Move | SkipReason]] = [
        (each, within_permit(each, resolve_effect(each, ground, caps), ground))
        for each in asked
    ]
    if ground.state.wants_baseline:
        verdicts.append((None, restore_move(ground, caps, last_caps)))
    for one, verdict in verdicts:
        if one is not None and one.policy.mode is Mode.OBSERVE:
            move = verdict if isinstance(verdict, Move) else None
            skips.append(Skip(wanted=one, reason=SkipReason.OBSERVE_MODE, move=move))
        elif isinstance(verdict, SkipReason):
            skips.append(Skip(wanted=one, reason=verdict))
        else:
            candidates.append(_Candidate(wanted=one, move=verdict))
    for each in _unasked(ground, caps, ending):
        if isinstance(each, Skip):
            skips.append(each)
        else:
            candidates.append(each)
    candidates.sort(key=lambda candidate: candidate.rank)
    losers = [
        Skip(
            wanted=loser.wanted,
            reason=SkipReason.SUPERSEDED,
            move=loser.move,
            unasked=loser.move.kind,
        )
        for loser in candidates[1:]
        if loser.ending is None
    ]
    change = _change(candidates[0], ground) if candidates else None
    return Plan(change=change, skips=(*skips, *losers))


def _unasked(
    ground: Ground, caps: Iterable[Decimal], ending: Ending | None
) -> Iterator[_Candidate | Skip]:
    """Give what no threshold asks for: a drift put back, an end, a limit that follows.

    Each as a move, or as why it is not made.
    """
    back = revert_move(ground, caps)
    if isinstance(back, Move):
        yield _Candidate(wanted=None, move=back)
    elif back is not None:
        yield Skip(wanted=None, reason=back, unasked=ChangeKind.REVERT)
    if ending is not None:
        yield _Candidate(wanted=None, move=ending.move, ending=ending)
    if ground.pursuit is None:
        return
    verdict = track_move(ground, ground.pursuit, caps)
    move = verdict if isinstance(verdict, Move) else None
    if ground.pursuit.mode is Mode.OBSERVE:
        reason, kind = SkipReason.OBSERVE_MODE, ChangeKind.TRACK
        yield Skip(wanted=None, reason=reason, move=move, unasked=kind)
    elif isinstance(verdict, Move):
        yield _Candidate(wanted=None, move=verdict)
    else:
        yield Skip(wanted=None, reason=verdict, unasked=ChangeKind.TRACK)


def active_caps(wanted: Iterable[Wanted], ground: Ground) -> Iterable[Decimal]:
    """Give where firing caps hold the limit, whether or not they must still move it."""
    if blocked(ground) is not None:
        return
    for each in wanted:
        if not isinstance(each.effect, CapLimit) or not each.binds:
            continue
        if each.policy.mode is Mode.ENFORCE:
            yield permitted_ceiling(each, cap_ceiling(each, each.effect, ground))


def restore_move(
    ground: Ground, caps: Iterable[Decimal], last_caps: Iterable[Alert]
) -> Move | SkipReason:
    """Bring the baseline back at the start of a period (§5).

    To the greater of the baseline and the spend with a day's need; never up while a cap
    of the period before stands unacknowledged: what burned may still burn.
    """
    reason = blocked(ground) or held_by_drift(ground)
    if reason is not None:
        return reason
    limit, baseline = ground.limit, ground.guardrails.baseline_limit
    if limit is None or limit.amount is None or baseline is None:
        return SkipReason.NO_CHANGE
    exact = max(baseline, (ground.figure.upper or Decimal(0)) + ground.day_need)
    observed = limit.amount.amount
    asked = _restore_target(ground, exact, caps)
    target, lowest = asked, whole_up(ground.guardrails.min_limit or Decimal(0))
    if asked < observed:
        # Only on the way down: a spend past a ceiling must lift nothing above it.
        target = max(asked, whole_up(ground.figure.upper or Decimal(0)), lowest)
    if target == observed:
        return SkipReason.NO_CHANGE
    is_lowering = target < observed
    barred = (
        asked < observed and not is_lowering,
        any(target > ceiling for ceiling in ground.ceilings),
        target < lowest,
        not is_lowering and any(each.acknowledged_at is None for each in last_caps),
    )
    if any(barred):
        return SkipReason.GUARDRAIL
    if not is_lowering and ground.figure.state is not FigureState.KNOWN:
        return SkipReason.DOUBTFUL_DATA
    return Move(
        kind=ChangeKind.RESTORE, target=target, exact=exact, is_lowering=is_lowering
    )


def _restore_target(ground: Ground, exact: Decimal, caps: Iterable[Decimal]) -> Decimal:
    target = whole_up(max(exact, ground.guardrails.min_limit or Decimal(0)))
    bounds = (*ground.ceilings, *caps)
    return min(target, whole_down(min(bounds))) if bounds else target


def _change(winner: _Candidate, ground: Ground) -> LimitChange:
    if winner.ending is not None:
        return winner.ending.planned(ground)
    origin = f"{BASELINE}:{ground.book.month.key}"
    if winner.wanted is not None:
        origin = winner.wanted.alert.id
    elif winner.move.kind is not ChangeKind.RESTORE:
        origin = _ORIGINS[winner.move.kind]
    planned = _planned(winner.wanted, winner.move, ground, origin, winner.move.kind)
    effect = None if winner.wanted is None else winner.wanted.effect
    if isinstance(effect, RaiseLimit) and effect.expires is not None:
        return replace(planned, expires_at=ground.now + effect.expires)
    return planned


def skipped_change(skip: Skip, ground: Ground) -> LimitChange:
    """Give the record of a change that is not carried out."""
    origin, kind = _ORIGINS.get(skip.unasked, BASELINE), skip.unasked
    if skip.wanted is not None:
        origin, kind = skip.wanted.alert.id, skip.wanted.kind
    planned = _planned(skip.wanted, skip.move, ground, f"{origin}:{skip.reason}", kind)
    return replace(
        planned,
        state=ChangeState.SKIPPED,
        settled_at=ground.now,
        reason=skip.reason.value,
    )


def _planned(
    wanted: Wanted | None,
    move: Move | None,
    ground: Ground,
    origin: str,
    kind: ChangeKind,
) -> LimitChange:
    """Give a change as it is first recorded; `move` is None where none was found."""
    name, currency = ground.organization.name, ground.organization.currency
    policy_id = None if wanted is None else wanted.policy.id
    if kind is ChangeKind.TRACK and ground.pursuit is not None:
        policy_id = ground.pursuit.policy_id
    return LimitChange(
        id=change_id(name, origin, ground.check_id),
        organization=name,
        kind=kind,
        state=ChangeState.PLANNED,
        before=ground.limit,
        after=None if move is None else SpendLimit(Money(move.target, currency)),
        exact=None if move is None else move.exact,
        planned_at=ground.now,
        requested_by=SCHEDULER,
        period=ground.book.month.key,
        policy_id=policy_id,
        threshold_id=None if wanted is None else wanted.threshold.id,
        alert_id=None if wanted is None else wanted.alert.id,
    )
