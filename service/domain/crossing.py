"""Where a threshold stands: its value, its bound, and on which side of it."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from service.domain.activity import Count
from service.domain.alert import AlertKind
from service.domain.expected import interval_text, why_none
from service.domain.figure_book import FigureBook
from service.domain.money import shown, spoken
from service.domain.pace import Pace
from service.domain.policy import Policy, Threshold
from service.domain.quantity import Percent, shown_duration
from service.domain.usage import Failure, Figure, SpendLimit
from service.domain.watch import ActivityWatch, PaceWatch, UsageWatch

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
# The unit of a multiple of the usual.
TIMES = "x"
_SHARE = Decimal("0.0001")
# §4.7: alerts on the limit and on forecasts resolve below 95 % of their bound, so that
# they do not flutter.
_RECOVERED = Decimal("0.95")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What one threshold watches, at one moment.

    `is_crossed` is None when it cannot be told. `may_resolve` says that an alert which
    fires may end here: the value is certain and far enough below. `is_by_bound` says
    that only the most the spend may be crosses it, not what is known of it.
    `value` and `bound` are in `unit`: a currency, `%`, `x`, an event type or a metric.
    `above` are those whose activity is beyond the bound, most first.
    """

    kind: AlertKind
    value: Decimal | None
    bound: Decimal | None
    unit: str
    is_crossed: bool | None
    is_certain: bool
    may_resolve: bool
    reason: str
    is_by_bound: bool = False
    above: tuple[Count, ...] = ()


def crossing_of(policy: Policy, threshold: Threshold, book: FigureBook) -> Crossing:
    """Tell where a threshold of a policy stands in a snapshot."""
    if threshold.spend is not None:
        return _spend(policy, threshold.spend, book)
    if threshold.forecast is not None:
        return _forecast(policy, threshold.forecast, book)
    if threshold.pace is not None:
        return _pace(policy, threshold.pace, book)
    if threshold.usage is not None:
        return _usage(policy, threshold.usage, book)
    if threshold.activity is not None:
        return _activity(policy, threshold.activity, book)
    bound = threshold.limit or Percent(_HUNDRED)
    return limit_crossing(book.total, _limit_of(book), bound)


def _limit_of(book: FigureBook) -> SpendLimit | Failure:
    if isinstance(book.limit, Failure):
        return book.limit
    if book.limit.limit is None:
        return Failure(reason="limit_missing", detail="the answer names no limit")
    return book.limit.limit


def _unknown(kind: AlertKind, bound: Decimal, unit: str, why: str) -> Crossing:
    return Crossing(
        kind=kind,
        value=None,
        bound=bound,
        unit=unit,
        is_crossed=None,
        is_certain=False,
        may_resolve=False,
        reason=why,
    )


def _doubt(figure: Figure) -> str:
    return f" ({figure.state}: {figure.detail})" if figure.reason else ""


def _spend(policy: Policy, spend: Percent | Decimal, book: FigureBook) -> Crossing:
    figure = book.figure(policy.target, book.period(policy.budget.period))
    budget = policy.budget
    bound = budget.amount_of(spend)
    if figure.upper is None:
        return _unknown(
            AlertKind.SPEND,
            bound,
            budget.currency,
            f"unknown, {figure.reason}: {figure.detail}",
        )
    is_crossed = figure.upper >= bound
    side = "at or above" if is_crossed else "below"
    return Crossing(
        kind=AlertKind.SPEND,
        value=figure.upper,
        bound=bound,
        unit=budget.currency,
        is_crossed=is_crossed,
        is_certain=not figure.is_one_sided,
        may_resolve=False,
        reason=f"spend {spoken(figure.upper)} is {side} {shown(bound)}"
        f" {budget.currency}{_doubt(figure)}",
        is_by_bound=is_crossed and (figure.amount or _ZERO) < bound,
    )


def _forecast(policy: Policy, share: Percent | Decimal, book: FigureBook) -> Crossing:
    period = book.period(policy.budget.period)
    figure = book.figure(policy.target, period)
    forecast = book.forecast(policy.target, period)
    budget = policy.budget
    bound, currency = budget.amount_of(share), budget.currency
    if isinstance(forecast, Failure):
        why = why_none(forecast) or ""
        return _unknown(AlertKind.FORECAST, bound, currency, why)
    # What has no price yet comes on top: it may fire an alert, and moves no limit.
    upper = _ZERO if figure.upper is None else figure.upper
    value = forecast.point + max(upper - (figure.amount or _ZERO), _ZERO)
    is_crossed = value >= bound
    side = "at or above" if is_crossed else "below"
    return Crossing(
        kind=AlertKind.FORECAST,
        value=value,
        bound=bound,
        unit=currency,
        is_crossed=is_crossed,
        is_certain=not figure.is_one_sided,
        may_resolve=value < bound * _RECOVERED,
        reason=f"forecast {spoken(value)} ({interval_text(forecast)}) is {side}"
        f" {shown(bound)} {currency}{_doubt(figure)}",
        is_by_bound=is_crossed and forecast.point < bound,
    )


def _pace(policy: Policy, watch: PaceWatch, book: FigureBook) -> Crossing:
    bound, currency = watch.above.times, policy.budget.currency
    paces = book.paces(policy.target, watch.window)
    if isinstance(paces, Failure):
        why = f"unknown, {paces.reason.replace('_', ' ')}: {paces.detail}"
        return _unknown(AlertKind.PACE, bound, TIMES, why)
    # A part that costs less than asked for says nothing, however many times the usual.
    enough = [each for each in paces if each.spent >= watch.at_least]
    pace = max(enough or paces[:1], key=lambda each: each.ratio)
    is_crossed = pace.is_above(bound, watch.at_least)
    recovered = (bound * _RECOVERED, watch.at_least * _RECOVERED)
    return Crossing(
        kind=AlertKind.PACE,
        value=pace.ratio,
        bound=bound,
        unit=TIMES,
        is_crossed=is_crossed,
        is_certain=True,
        may_resolve=not any(each.is_above(*recovered) for each in paces),
        reason=f"the last {shown_duration(pace.window)} cost {spoken(pace.spent)}"
        f" {currency}, {spoken(pace.ratio)} times the usual {spoken(pace.usual)}"
        f" {currency}: {_side(pace, watch, currency, is_crossed=is_crossed)}",
    )


def _side(pace: Pace, watch: PaceWatch, currency: str, *, is_crossed: bool) -> str:
    if is_crossed:
        return f"beyond {watch.above}"
    if pace.spent < watch.at_least:
        return f"less than {shown(watch.at_least)} {currency}"
    return f"not beyond {watch.above}"


def _usage(policy: Policy, watch: UsageWatch, book: FigureBook) -> Crossing:
    period = book.period(policy.budget.period)
    # Asked for as well, so that a scope nobody else looks at is missed when it is lost.
    book.figure(policy.target, period)
    units = book.units(policy.target, period, watch.unit)
    if isinstance(units, Failure):
        why = f"unknown, {units.reason}: {units.detail}"
        return _unknown(AlertKind.USAGE, watch.above, watch.unit, why)
    is_crossed = units > watch.above
    side = "beyond" if is_crossed else "not beyond"
    return Crossing(
        kind=AlertKind.USAGE,
        value=units,
        bound=watch.above,
        unit=watch.unit,
        is_crossed=is_crossed,
        is_certain=True,
        may_resolve=False,
        reason=f"{units:f} {watch.unit} is {side} {watch.above.normalize():f}",
    )


def _activity(policy: Policy, watch: ActivityWatch, book: FigureBook) -> Crossing:
    kind, unit = AlertKind.ACTIVITY, watch.metric.value
    stands = book.activity.standing(policy.activity_key(watch), watch.above)
    if isinstance(stands, Failure):
        why = f"unknown, {stands.reason}: {stands.detail}"
        return _unknown(kind, watch.above, unit, why)
    return Crossing(
        kind=kind,
        value=stands.value,
        bound=watch.above,
        unit=unit,
        is_crossed=stands.is_crossed,
        is_certain=True,
        may_resolve=False,
        reason=stands.reason,
        above=stands.above,
    )


def share_of(spend: Decimal, amount: Decimal) -> Decimal:
    """Give a share in percent to four decimals, cut off and never rounded up."""
    return (spend * _HUNDRED / amount).quantize(_SHARE, rounding=ROUND_DOWN)


def limit_crossing(
    figure: Figure, limit: SpendLimit | Failure, bound: Percent
) -> Crossing:
    """Tell how near the spend is to the provider's limit, as a share of it."""
    kind, at = AlertKind.LIMIT, bound.percent
    if isinstance(limit, Failure):
        return _unknown(kind, at, "%", f"unknown, {limit.reason}: {limit.detail}")
    if limit.amount is None:
        return Crossing(
            kind=kind,
            value=None,
            bound=at,
            unit="%",
            is_crossed=False,
            is_certain=True,
            may_resolve=True,
            reason="there is no limit to come near to",
        )
    if figure.upper is None:
        return _unknown(kind, at, "%", f"unknown, {figure.reason}: {figure.detail}")
    amount = limit.amount.amount
    # A limit of zero is used up by definition, whatever was spent.
    value = share_of(figure.upper, amount) if amount else _HUNDRED
    # Compared without the division, so that no rounding decides.
    is_crossed = figure.upper * _HUNDRED >= at * amount
    side = "at or above" if is_crossed else "below"
    return Crossing(
        kind=kind,
        value=value,
        bound=at,
        unit="%",
        is_crossed=is_crossed,
        is_certain=not figure.is_one_sided,
        may_resolve=figure.upper * _HUNDRED < at * amount * _RECOVERED,
        reason=f"spend {spoken(figure.upper)} is {spoken(value)} % of the limit"
        f" {limit}, {side} {bound}{_doubt(figure)}",
        is_by_bound=is_crossed and (figure.amount or _ZERO) * _HUNDRED < at * amount,
    )
