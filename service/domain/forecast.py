"""What a period will have cost when it ends, with the interval it is known to.

As if no limit stopped the spend (§4.8): what was spent stands, and what is left of the
period is expected to cost what such days usually do.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from service.domain.expected import NOT_ENOUGH_DATA, Forecast
from service.domain.hindsight import FURTHEST_AHEAD, LEAST_DAYS, spread_of
from service.domain.history import DaySpend
from service.domain.period import BillingPeriod
from service.domain.seasons import Seasons, seasons_of
from service.domain.usage import Failure

_DAY = timedelta(days=1)
# Days that are long past say nothing of the days to come.
_RECENT = timedelta(days=28)
_MOMENT = timedelta(microseconds=1)
_CENT = Decimal("0.01")


def forecast_of(
    days: Iterable[DaySpend], spent: Decimal, period: BillingPeriod, now: datetime
) -> Forecast | Failure:
    """Expect what a period will cost of which so much is spent `now`.

    `days` are all whole days that are known, of this period and before it, oldest
    first; today and later ones are left out. Fails as `not_enough_data` with fewer than
    seven of the last 28 days.
    """
    known = tuple(each for each in days if each.day < now.date())
    recent = sum(now.date() - each.day <= _RECENT for each in known)
    if recent < LEAST_DAYS:
        return Failure(
            reason=NOT_ENOUGH_DATA,
            detail=f"a forecast needs {LEAST_DAYS} whole days of the last"
            f" {_RECENT.days}, and {recent} are known",
        )
    seasons = seasons_of(known)
    rest = _rest(seasons, period, now)
    ahead = math.ceil((period.end - now) / _DAY)
    spread = spread_of(known, min(max(ahead, 1), FURTHEST_AHEAD), seasons.noise)
    times = Decimal(math.exp(spread))
    return Forecast(
        point=_shown(spent, rest),
        low=_shown(spent, rest / times),
        high=_shown(spent, rest * times),
        as_of=now,
        days=len(known),
    )


def _rest(seasons: Seasons, period: BillingPeriod, now: datetime) -> Decimal:
    """Expect the spend from now to the end of the period; today counts in part."""
    today = now.date()
    tomorrow = datetime.combine(today + _DAY, time(), tzinfo=UTC)
    left_of_today = Decimal((tomorrow - now) // _MOMENT) / (_DAY // _MOMENT)
    later = (period.end.date() - today).days
    days = (seasons.usual(today + _DAY * each) for each in range(1, later))
    return seasons.usual(today) * left_of_today + sum(days)


def _shown(spent: Decimal, rest: Decimal) -> Decimal:
    """Round to cents, and never below what is spent."""
    return max((spent + rest).quantize(_CENT, rounding=ROUND_HALF_EVEN), spent)
