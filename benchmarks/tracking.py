"""What a runaway key costs under a limit that follows, and how often it stops anybody.

Every whole month of every series by the hour: once as it was, and with keys that begin
to burn 5, 20 and 100 times the usual rate at random hours and go on to the month's end.
Beside fixed limits and raises at thresholds. The budget of a month is what it really
cost; a person answers a held limit after 8 hours, and nobody once a key runs away.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean

from benchmarks.figure import Figure
from benchmarks.followed import (
    Rule,
    Runaway,
    follow,
    raised_at_thresholds,
    run_months,
    stand,
)
from benchmarks.hours import Month, months_of
from service.domain.track import Terms

DEFAULT_FOLDER = Path("../shared/traces")
_TIMES = (5, 20, 100)
_ASKED_OF = 20
_RUNAWAYS = 5
_SEED = 7
_HEADROOMS = (1, 2, 3, 4, 5)
_PROPOSED = 3
# Of the months: enough to see that nothing broke.
_SHORT = 6
_FIXED = "fixed at 120 %"
_OTHERS: Mapping[str, Rule] = {
    "fixed at 100 %": stand(Decimal(1)),
    _FIXED: stand(Decimal("1.2")),
    "fixed at 150 %": stand(Decimal("1.5")),
    "raised at thresholds": raised_at_thresholds,
}
# What is asked of steady demand and of demand with shocks: hours stopped, percent lost.
_STEADY = (0.3, 15.0)
_SHOCKS = (3.0, 20.0)
_STEADY_SERIES = frozenset({"bikes-1", "articles-r-1"})
_MOST_CHANGES = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Means over the months of a series under one rule; `lost` by times the rate.

    In budgets of a month, so that no month weighs more than another.
    """

    months: int
    stopped: float
    changes: float
    lost: Mapping[int, float]


def measure(
    is_short: bool,  # noqa: FBT001 - `Measure`
    *,
    folder: Path = DEFAULT_FOLDER,
) -> Iterator[Figure]:
    """Replay every series in a folder; print the tables on the way."""
    every = _SHORT if is_short else 1
    paths = sorted(folder.glob("*.csv"))
    found = {
        path.name.partition(".")[0]: months_of(path, every=every) for path in paths
    }
    series = {name: months for name, months in found.items() if months}
    if not series:
        _say(f"tracking: no series of whole months in {folder}: skipped")
        return
    rules = {
        **{_called(days): follow(_terms(days)) for days in _HEADROOMS},
        **_OTHERS,
    }
    outcomes = {
        name: {called: outcome_of(months, rule) for called, rule in rules.items()}
        for name, months in series.items()
    }
    for line in tables(outcomes):
        _say(line)
    for name, by_rule in outcomes.items():
        yield from _figures(name, by_rule)


def outcome_of(months: Sequence[Month], rule: Rule) -> Outcome:
    """Run a rule over months; the same hours run away for every rule."""
    stopped: list[float] = []
    changes: list[int] = []
    lost: dict[int, list[float]] = {times: [] for times in _TIMES}
    chance = random.Random(_SEED)  # noqa: S311 - a fixed sample, no secret
    for month in months:
        hours = len(month.spent)
        at = [chance.randrange(hours - 1) for _ in range(_RUNAWAYS)]
        usual = month.budget / hours
        runaways = [
            Runaway(hour=hour, rate=usual * times) for times in _TIMES for hour in at
        ]
        run, losses = run_months(month, rule, runaways)
        stopped.append(float(run.stopped))
        changes.append(run.changes)
        for number, loss in enumerate(losses):
            lost[_TIMES[number // _RUNAWAYS]].append(float(loss / month.budget))
    return Outcome(
        months=len(months),
        stopped=mean(stopped),
        changes=mean(changes),
        lost={times: mean(losses) for times, losses in lost.items()},
    )


def tables(outcomes: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    """Give the results as Markdown, one table a series."""
    losses = [f"lost at {times} times" for times in _TIMES]
    for name, by_rule in outcomes.items():
        months = by_rule[_FIXED].months
        yield ""
        yield f"**{name}**, {months} month{'' if months == 1 else 's'}"
        yield ""
        yield f"| limit | hours stopped | changes | {' | '.join(losses)} |"
        yield f"|---{'|---:' * (2 + len(losses))}|"
        for called, outcome in by_rule.items():
            lost = [
                f"{100 * outcome.lost[times]:.0f} % of the budget, "
                f"{_share(outcome, by_rule[_FIXED], times):.1f} %"
                for times in _TIMES
            ]
            yield (
                f"| {called} | {outcome.stopped:.2f} | {outcome.changes:.1f}"
                f" | {' | '.join(lost)} |"
            )
    yield ""
    yield f"The second percentage is of what the limit {_FIXED} of the budget loses."


def _figures(name: str, by_rule: Mapping[str, Outcome]) -> Iterator[Figure]:
    ours, fixed = by_rule[_called(_PROPOSED)], by_rule[_FIXED]
    hours, percent = _STEADY if name in _STEADY_SERIES else _SHOCKS
    beside = f"{ours.months} months, headroom {_PROPOSED}d"
    yield Figure(
        what=f"{name}: stopped in a healthy month",
        value=ours.stopped,
        unit="h",
        target=hours,
        beside=beside,
    )
    yield Figure(
        what=f"{name}: lost of what {_FIXED} loses",
        value=_share(ours, fixed, _ASKED_OF),
        unit="%",
        target=percent,
        beside=f"a key at {_ASKED_OF} times the usual rate, {_RUNAWAYS} hours a month",
    )
    yield Figure(
        what=f"{name}: limit changes",
        value=ours.changes,
        unit="a month",
        target=_MOST_CHANGES,
        beside=beside,
    )


def _share(outcome: Outcome, fixed: Outcome, times: int) -> float:
    return 100 * outcome.lost[times] / fixed.lost[times]


def _called(days: int) -> str:
    return f"follows, headroom {days}d"


def _terms(days: int) -> Terms:
    return Terms(headroom=timedelta(days=days))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
