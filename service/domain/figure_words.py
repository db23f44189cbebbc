"""Where a threshold stands, in a line: the figure, and the bound it is held against."""

from decimal import Decimal

from service.domain.check import Check, Outcome, ThresholdOutcome
from service.domain.crossing import share_of
from service.domain.money import shown, spoken
from service.domain.policy import Policy, Threshold
from service.domain.quantity import Percent, shown_duration

_SMALL = Decimal(1)
_HUNDREDTH = Decimal("0.01")


def figure_text(
    policy: Policy, threshold: Threshold, outcome: ThresholdOutcome, check: Check
) -> str:
    """Say `spend 2,499.00 of 5,000.00 EUR (49.98 %), bound 50 %`, and what holds it."""
    return _figure(policy, threshold, outcome, check) + _state(threshold, outcome)


def _figure(
    policy: Policy, threshold: Threshold, outcome: ThresholdOutcome, check: Check
) -> str:
    value = outcome.value
    if value is None:
        return outcome.reason
    for word, share in (("spend", threshold.spend), ("forecast", threshold.forecast)):
        if share is not None:
            return f"{word} {_of_budget(policy, share, value)}"
    if threshold.limit is not None and check.spend.upper is not None:
        return (
            f"spend {grouped(check.spend.upper)} of the limit"
            f" {_limit_text(check)} ({_two(value)} %), bound"
            f" {_percent(threshold.limit)}"
        )
    if threshold.usage is not None:
        unit, above = threshold.usage.unit, threshold.usage.above
        return f"{value:,f} {unit}, bound above {above.normalize():,f}"
    return outcome.reason


def _of_budget(policy: Policy, share: Percent | Decimal, value: Decimal) -> str:
    currency, amount = policy.budget.currency, policy.budget.amount
    if not isinstance(share, Percent):
        return f"{grouped(value)} {currency}, bound {grouped(share)} {currency}"
    of = f" ({_two(share_of(value, amount))} %)" if amount else ""
    bound = grouped(share.of(amount))
    return (
        f"{grouped(value)} of {grouped(amount)} {currency}{of}, bound"
        f" {_percent(share)} ({bound} {currency})"
    )


def _limit_text(check: Check) -> str:
    limit = None if check.limit is None else check.limit.amount
    return "" if limit is None else f"{grouped(limit.amount)} {limit.currency}"


def _state(threshold: Threshold, outcome: ThresholdOutcome) -> str:
    if outcome.outcome is Outcome.PENDING and threshold.held_for is not None:
        held = shown_duration(threshold.held_for)
        return f"; crossed, but not yet seen for {held}"
    if outcome.outcome is Outcome.FIRING:
        return "; it fires since before"
    return ""


def grouped(amount: Decimal) -> str:
    """Write `2,499.00`: never rounded up, so that no bound looks reached."""
    text = spoken(amount) if amount >= _SMALL else shown(amount)
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"


def _two(percent: Decimal) -> str:
    """Write a share with two decimals, or four where it says more."""
    return spoken(percent) if percent % _HUNDREDTH == 0 else f"{percent:.4f}"


def _percent(share: Percent) -> str:
    return f"{share.percent.normalize():f} %"
