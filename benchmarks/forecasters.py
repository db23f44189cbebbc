"""Ways to tell what a month will cost: ours, the naive ones, a library's."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.series import Case
from service.domain.expected import Forecast
from service.domain.forecast import forecast_of
from service.domain.money import total
from service.domain.period import previous_month

Way = Callable[[Case], Decimal | None]

OURS = "Spendguard"
LIBRARY = "statsforecast"
_VERSION = "2.1.1"
_SCRIPT = ROOT / "benchmarks" / "library_forecasts.py"
_WEEK = 7
_WEEKS = 8
_PATIENCE_SECONDS = 3600


def ours(case: Case) -> Forecast:
    """Forecast as a check would at that midnight."""
    found = forecast_of(case.past, case.spent, case.period, case.now)
    if not isinstance(found, Forecast):
        raise RuntimeError(f"{case.series} {case.period.key}: {found.detail}")  # noqa: TRY004 - not the caller's mistake
    return found


def linear(case: Case) -> Decimal:
    """Go on as the month went so far."""
    return case.spent * (case.passed + case.ahead) / case.passed


def last_month(case: Case) -> Decimal | None:
    """Take what the month before came to; None where it is not known whole."""
    before = previous_month(case.period)
    days = [each for each in case.past if before.has_day(each.day)]
    if len(days) < (before.end - before.start).days:
        return None
    return total(each.amount for each in days)


def weekday_weighted(case: Case) -> Decimal:
    """Go on as the month went so far, by weekday means of the last eight weeks."""
    recent = case.past[-_WEEK * _WEEKS :]
    means: list[Decimal] = []
    for weekday in range(_WEEK):
        of_it = [each.amount for each in recent if each.day.weekday() == weekday]
        if not of_it:
            return linear(case)
        means.append(total(of_it) / len(of_it))
    first = case.period.start.weekday()
    expected = [
        means[(first + number) % _WEEK] for number in range(case.passed + case.ahead)
    ]
    usual = total(expected[: case.passed])
    return case.spent * total(expected) / usual if usual else linear(case)


NAIVE: Mapping[str, Way] = {
    "linear run rate": linear,
    "same as last month": last_month,
    "weekday-weighted run rate": weekday_weighted,
}


def library(cases: Sequence[Case]) -> Mapping[str, list[Decimal]] | str:
    """Ask the library, in an environment made for this; say why where it cannot be."""
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        return f"no {uv.name} beside this Python, to make its environment with"
    asked = [
        {"days": [str(each.amount) for each in case.past], "ahead": case.ahead}
        for case in cases
    ]
    run = subprocess.run(  # noqa: S603 - our own script, with our own arguments
        [
            *(str(uv), "run", "--quiet", "--no-project"),
            *("--with", f"{LIBRARY}=={_VERSION}", "python", str(_SCRIPT)),
        ],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if run.returncode:
        lines = run.stderr.strip().splitlines()
        return lines[-1] if lines else f"it ended with {run.returncode}"
    answers: dict[str, list[str]] = json.loads(run.stdout)
    return {
        f"{LIBRARY} {name}": [
            case.spent + Decimal(rest) for case, rest in zip(cases, rests, strict=True)
        ]
        for name, rests in answers.items()
    }
