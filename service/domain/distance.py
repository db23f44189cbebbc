"""How far a threshold is from its bound, and when it would get there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.briefing import seconds
from service.domain.decision import Decision
from service.domain.expected import Forecast, known
from service.domain.figure_book import FigureBook
from service.domain.period import BillingPeriod, PeriodKind
from service.domain.policy import Policy, Threshold
from service.domain.usage import Failure

_HUNDRED = Decimal(100)
_HOUR = Decimal(3600)
# An average over less would be noise.
_SHORTEST = timedelta(hours=1)
_LAST_DAY = "the last 24 h"
_SINCE = "the average since the period began"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """What is missing until a threshold is crossed.

    Of a pace it is what the window would have to cost more, and has no rate.
    `more` and `rate` (an hour) are in `unit`, a currency, an event type or a metric, of
    who is nearest to the bound; `more` is zero where it is reached. `used_percent` is
    the value as a share of the bound, None of a bound of zero. `at` is when it is
    reached at that rate, None where that is after `period_end`, or nothing burns.
    `forecast` is what is expected at the period's
    end, and `forecast_at` when the bound is reached on a straight way there.
    """

    more: Decimal
    unit: str
    used_percent: Decimal | None
    rate: Decimal | None
    rate_from: str
    at: datetime | None
    period_end: datetime
    forecast: Forecast | None = None
    forecast_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    value: Decimal
    bound: Decimal
    unit: str
    forecast: Forecast | None = None
    is_rated: bool = True  # a rate brings it there


def distance_of(
    policy: Policy, threshold: Threshold, decision: Decision
) -> Distance | None:
    """Tell what is missing until a threshold is crossed; None where nothing can."""
    tell = next(
        (each for name, each in _GAPS.items() if getattr(threshold, name) is not None),
        None,
    )
    gap = None if tell is None else tell(policy, threshold, decision.book)
    if gap is None:
        return None
    period = decision.book.period(policy.period_of(threshold))
    more = max(gap.bound - gap.value, Decimal(0))
    rate, rate_from = _rate(policy, threshold, decision, gap, period)
    return Distance(
        more=more,
        unit=gap.unit,
        used_percent=gap.value * _HUNDRED / gap.bound if gap.bound else None,
        rate=rate,
        rate_from=rate_from,
        at=_reached(more, rate, decision.at, period),
        period_end=period.end,
        forecast=gap.forecast,
        forecast_at=_forecast_at(gap, decision.at, period),
    )


def _forecast_at(gap: _Gap, now: datetime, period: BillingPeriod) -> datetime | None:
    if gap.forecast is None or not gap.is_rated:
        return None
    ahead = gap.forecast.point - gap.value
    more = gap.bound - gap.value
    if more < 0 or ahead <= 0 or more > ahead:
        return None
    return now + timedelta(seconds=int(seconds(period.end - now) * more / ahead))


def _spend(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    period, budget = book.period(policy.budget.period), policy.budget
    figure = book.figure(policy.target, period)
    if figure.upper is None or threshold.spend is None:
        return None
    return _Gap(
        value=figure.upper,
        bound=budget.amount_of(threshold.spend),
        unit=budget.currency,
        forecast=known(book.forecast(policy.target, period)),
    )


def _forecast(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    period, budget = book.period(policy.budget.period), policy.budget
    forecast = known(book.forecast(policy.target, period))
    if forecast is None or threshold.forecast is None:
        return None
    return _Gap(
        value=forecast.point,
        bound=budget.amount_of(threshold.forecast),
        unit=budget.currency,
        forecast=forecast,
        is_rated=False,
    )


def _limit(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    limit, upper = book.observed, book.total.upper
    if limit is None or limit.amount is None or upper is None:
        return None
    share = threshold.limit
    bound = limit.amount.amount if share is None else share.of(limit.amount.amount)
    return _Gap(
        value=upper,
        bound=bound,
        unit=policy.budget.currency,
        forecast=known(book.forecast(book.whole, book.month)),
    )


def _usage(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    watch, period = threshold.usage, book.period(policy.budget.period)
    units = None if watch is None else book.units(policy.target, period, watch.unit)
    if watch is None or units is None or isinstance(units, Failure):
        return None
    return _Gap(value=units, bound=watch.above, unit=watch.unit)


def _pace(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    watch = threshold.pace
    paces = None if watch is None else book.paces(policy.target, watch.window)
    if watch is None or paces is None or isinstance(paces, Failure):
        return None
    gaps = (
        _Gap(
            value=each.spent,
            bound=max(each.usual * watch.above.times, watch.at_least),
            unit=policy.budget.currency,
            # It is of a window that goes on, and of no period.
            is_rated=False,
        )
        for each in paces
    )
    return min(gaps, key=lambda gap: gap.bound - gap.value)


def _activity(policy: Policy, threshold: Threshold, book: FigureBook) -> _Gap | None:
    watch = threshold.activity
    most = None if watch is None else book.activity.figure(policy.activity_key(watch))
    if watch is None or most is None or most.amount is None:
        return None
    return _Gap(value=most.amount, bound=watch.above, unit=watch.metric.value)


_Tell = Callable[[Policy, Threshold, FigureBook], _Gap | None]
_GAPS: Mapping[str, _Tell] = {
    "spend": _spend,
    "forecast": _forecast,
    "limit": _limit,
    "pace": _pace,
    "usage": _usage,
    "activity": _activity,
}


def _rate(
    policy: Policy,
    threshold: Threshold,
    decision: Decision,
    gap: _Gap,
    period: BillingPeriod,
) -> tuple[Decimal | None, str]:
    """Give units an hour: the burn rate where it is of the very figure, or an average.

    Spend per hour over the last day is kept of the whole organization's month alone.
    """
    if not gap.is_rated:
        return None, ""
    is_month = policy.budget.period is PeriodKind.MONTH
    is_whole = policy.target.is_organization and is_month
    is_money = threshold.usage is None and threshold.activity is None
    burn_rate = decision.check.burn_rate
    if is_whole and is_money and burn_rate is not None:
        return burn_rate, _LAST_DAY
    elapsed = decision.at - period.start
    if elapsed < _SHORTEST:
        return None, ""
    return gap.value * _HOUR / seconds(elapsed), _SINCE


def _reached(
    more: Decimal, rate: Decimal | None, now: datetime, period: BillingPeriod
) -> datetime | None:
    if not rate:
        return None
    left = seconds(period.end - now)
    needed = more * _HOUR / rate
    return now + timedelta(seconds=int(needed)) if needed < left else None
