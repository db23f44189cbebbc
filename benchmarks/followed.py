"""A month under a limit that follows, and under others; with a runaway key or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from benchmarks.hours import HOUR, Month
from service.domain.money import total, whole_up
from service.domain.track import LOOK_BACK, WINDOW, Seen, Terms, held, target_of
from service.domain.track_state import TrackState

# How long a held limit waits for a person in a healthy month.
_ANSWERED_AFTER = timedelta(hours=8)
_HOURS = 24
_NEAR = Decimal("0.85")
_STEP = Decimal("0.1")
_RAISES = 2
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runaway:
    """A key that burns so much an hour from one hour of the month to its end."""

    hour: int
    rate: Decimal


@dataclass(slots=True, kw_only=True)
class Run:
    """How a month went so far; `flow` is what each hour cost, the day before first."""

    flow: list[Decimal]
    limit: Decimal | None = None
    state: TrackState = field(default_factory=TrackState)
    spend: Decimal = _ZERO
    lost: Decimal = _ZERO
    stopped: Decimal = _ZERO
    changes: int = 0

    def burn(self, healthy: Decimal, runaway: Decimal) -> None:
        """Let an hour pass; the provider stops both where the limit is reached."""
        wanted = healthy + runaway
        left = wanted if self.limit is None else max(self.limit - self.spend, _ZERO)
        spent = min(wanted, left)
        share = spent / wanted if wanted else Decimal(1)
        self.spend += spent
        self.lost += runaway * share
        self.stopped += 1 - share
        self.flow.append(spent)

    @property
    def is_reached(self) -> bool:
        """Say whether nothing more can be spent under this limit."""
        return self.limit is not None and self.limit <= self.spend


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The start of an hour of a month; `is_answered` where a person is about."""

    month: Month
    hour: int
    is_answered: bool


# Moves the limit of a run at the start of an hour of the month.
Rule = Callable[[Run, Turn], None]


def follow(terms: Terms) -> Rule:
    """Follow healthy spend; the very rule that the service decides by."""

    def rule(run: Run, turn: Turn) -> None:
        now = turn.month.start + turn.hour * HOUR
        seen = Seen(
            now=now,
            spend=run.spend,
            limit=run.limit,
            window=_last(run.flow, WINDOW),
            day=_last(run.flow, LOOK_BACK),
            healthy=turn.month.healthy[turn.hour // _HOURS],
        )
        state = held(run.state, seen)
        if (
            turn.is_answered
            and state.hold is not None
            and now - state.hold.since >= _ANSWERED_AFTER
        ):
            state = state.released(now)
        run.state = state
        target = target_of(terms, state, seen)
        if target is not None:
            run.limit = whole_up(target)
            run.changes += 1

    return rule


def _last(flow: Sequence[Decimal], window: timedelta) -> Decimal | None:
    hours = window // HOUR
    return total(flow[-hours:]) if len(flow) >= hours else None


def stand(share: Decimal) -> Rule:
    """Leave the limit at a share of the budget."""

    def rule(run: Run, turn: Turn) -> None:
        if run.limit is None:
            run.limit = turn.month.budget * share

    return rule


def raised_at_thresholds(run: Run, turn: Turn) -> None:
    """Begin at the budget; twice, at 85 % of the limit, raise by 10 % of the budget."""
    budget = turn.month.budget
    if run.limit is None:
        run.limit = budget
    if run.spend >= run.limit * _NEAR and run.changes < _RAISES:
        run.limit += budget * _STEP
        run.changes += 1


def run_months(
    month: Month, rule: Rule, runaways: Sequence[Runaway]
) -> tuple[Run, list[Decimal]]:
    """Give the healthy month, and what each runaway burnt of it until its end.

    Until it begins a runaway's month is the healthy one, in which a person answers;
    from then on nobody does.
    """
    run = Run(flow=list(month.before))
    begun: dict[int, Run] = {}
    hours = {each.hour for each in runaways}
    for hour, healthy in enumerate(month.spent):
        if hour in hours:
            begun[hour] = replace(run, flow=run.flow[-_HOURS:])
        rule(run, Turn(month=month, hour=hour, is_answered=True))
        run.burn(healthy, _ZERO)
    return run, [_lost(begun[each.hour], month, rule, each) for each in runaways]


def _lost(start: Run, month: Month, rule: Rule, runaway: Runaway) -> Decimal:
    run = replace(start, flow=list(start.flow), lost=_ZERO)
    for hour in range(runaway.hour, len(month.spent)):
        rule(run, Turn(month=month, hour=hour, is_answered=False))
        # No rule moves a limit once it is reached and nobody answers.
        if run.is_reached:
            break
        run.burn(month.spent[hour], runaway.rate)
    return run.lost
