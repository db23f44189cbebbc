"""How well the end of a month is told, beside naive ways and a forecasting library.

Every whole month of every series, after 5, 10, 15, 20 and 25 of its days: the absolute
percentage error (APE) of each way, how far the others are worse in a paired comparison,
and how often the outcome lay within the interval.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import mean, median

from benchmarks.figure import Figure, percentile
from benchmarks.forecasters import LIBRARY, NAIVE, OURS, library, ours
from benchmarks.series import Case, cases_of, read_folder
from service.domain.expected import Forecast

DEFAULT_FOLDER = Path("../shared/traces")
_DAYS = (5, 10, 15, 20, 25)
_PROMISED = 80.0
_SLACK = 5.0
_RESAMPLES = 2000
_SEED = 1
# Of the months: enough to see that nothing broke.
_SHORT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All cases, and what each way expected of them; None where it could not tell."""

    cases: Sequence[Case]
    ours: Sequence[Forecast]
    others: Mapping[str, Sequence[Decimal | None]]

    def errors(self, way: str, day: int) -> list[float | None]:
        """Give the APE of each case after so many days, in percent."""
        expected: Sequence[Decimal | None] = (
            [each.point for each in self.ours] if way == OURS else self.others[way]
        )
        return [
            None if value is None else _ape(value, case.outcome)
            for case, value in zip(self.cases, expected, strict=True)
            if case.passed == day
        ]

    def covered(self, day: int | None = None) -> float:
        """Give the percent of outcomes within the interval; None is every day."""
        hits = [
            each.low <= case.outcome <= each.high
            for case, each in zip(self.cases, self.ours, strict=True)
            if day in {None, case.passed}
        ]
        return 100 * sum(hits) / len(hits)


def measure(
    is_short: bool,  # noqa: FBT001 - `Measure`
    *,
    folder: Path = DEFAULT_FOLDER,
    with_library: bool = False,
) -> Iterator[Figure]:
    """Forecast every month of every series in a folder; print the tables on the way."""
    cases = [each for each in _cases(folder, is_short=is_short) if each.outcome]
    if not cases:
        _say(f"forecast: no series of whole months in {folder}: skipped")
        return
    begin = time.process_time()
    own = [ours(case) for case in cases]
    took = (time.process_time() - begin) / len(cases)
    others: dict[str, Sequence[Decimal | None]] = {
        name: [way(case) for case in cases] for name, way in NAIVE.items()
    }
    others |= _of_library(cases) if with_library else {}
    if not with_library:
        _say(f"{LIBRARY} was not asked: --library installs it for this run alone")
    results = Results(cases=cases, ours=own, others=others)
    for line in tables(results):
        _say(line)
    yield from _figures(results, took, is_short=is_short)


def _cases(folder: Path, *, is_short: bool) -> Iterator[Case]:
    for name, days in read_folder(folder).items():
        months = list(cases_of(name, days, _DAYS))
        by_month = [
            months[first : first + len(_DAYS)]
            for first in range(0, len(months), len(_DAYS))
        ]
        for month in by_month[:: _SHORT if is_short else 1]:
            yield from month


def _of_library(cases: Sequence[Case]) -> Mapping[str, Sequence[Decimal]]:
    found = library(cases)
    if isinstance(found, str):
        _say(f"{LIBRARY} could not be asked: {found}")
        return {}
    return found


def _figures(results: Results, took: float, *, is_short: bool) -> Iterator[Figure]:
    months = sum(case.passed == _DAYS[0] for case in results.cases)
    for day in _DAYS:
        own = _known(results.errors(OURS, day))
        beside = ", ".join(
            f"{way} {mean(errors):.1f} %"
            for way in results.others
            if (errors := _known(results.errors(way, day)))
        )
        yield Figure(
            what=f"forecast after {day} days, mean error",
            value=mean(own),
            unit="%",
            beside=f"{months} months; {beside}",
        )
    unbeaten = [
        f"{way} after {day} days"
        for way in NAIVE
        for day in _DAYS
        if (found := difference(results, way, day)) is None or found[1] <= 0
    ]
    yield Figure(
        what="naive ways not clearly beaten",
        value=len(unbeaten),
        unit=f"of {len(NAIVE) * len(_DAYS)}",
        beside=", ".join(unbeaten),
    )
    covered = results.covered()
    yield Figure(
        what="interval coverage, off its 80 %",
        value=abs(covered - _PROMISED),
        unit="points",
        # A part of the months is too few to hold it to that.
        target=None if is_short else _SLACK,
        beside=f"{covered:.1f} % of {len(results.cases)} outcomes were within",
    )
    yield Figure(
        what="one forecast",
        value=1000 * took,
        unit="ms",
        target=10,
        beside="processor time, interval included, nothing remembered",
    )


def tables(results: Results) -> Iterator[str]:
    """Give the results as Markdown."""
    days = [f"after {day} days" for day in _DAYS]
    months = Counter(case.series for case in results.cases if case.passed == _DAYS[0])
    yield ""
    yield f"Months: {', '.join(f'{name} {number}' for name, number in months.items())}."
    yield from _table(
        ("APE in %: median / p90 / mean", *days),
        (
            (way, *(_three(_known(results.errors(way, day))) for day in _DAYS))
            for way in (OURS, *results.others)
        ),
    )
    yield from _table(
        ("mean APE more than Spendguard's, in points (95 % interval)", *days),
        (
            (way, *(_difference_text(results, way, day) for day in _DAYS))
            for way in results.others
        ),
    )
    yield from _table(
        ("outcomes within the 80 % interval", *days, "all"),
        (
            (
                OURS,
                *(f"{results.covered(day):.1f} %" for day in _DAYS),
                f"{results.covered():.1f} %",
            ),
        ),
    )


def difference(
    results: Results, way: str, day: int
) -> tuple[float, float, float] | None:
    """Give how much worse a way is than ours over the same months, with its interval.

    In points of mean APE; the interval is 95 % of a bootstrap with a fixed seed. None
    where the way told nothing.
    """
    pairs = zip(results.errors(OURS, day), results.errors(way, day), strict=True)
    worse = [b - a for a, b in pairs if a is not None and b is not None]
    if not worse:
        return None
    chance = random.Random(_SEED)  # noqa: S311 - a fixed sample, no secret
    means = sorted(mean(chance.choices(worse, k=len(worse))) for _ in range(_RESAMPLES))
    return mean(worse), means[_RESAMPLES // 40], means[-_RESAMPLES // 40]


def _difference_text(results: Results, way: str, day: int) -> str:
    found = difference(results, way, day)
    if found is None:
        return "-"
    middle, low, high = found
    return f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"


def _table(
    head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]
) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _three(errors: Sequence[float]) -> str:
    if not errors:
        return "-"
    p90 = percentile(errors, 90)
    return f"{median(errors):.1f} / {p90:.1f} / {mean(errors):.1f}"


def _known(errors: Sequence[float | None]) -> list[float]:
    return [each for each in errors if each is not None]


def _ape(expected: Decimal, outcome: Decimal) -> float:
    return float(abs(expected - outcome) / outcome * 100)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
