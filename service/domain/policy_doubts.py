"""What a policy says that can never happen, or hardly: warnings, not errors."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias, assert_never

from service.domain.effect import CapLimit, RaiseLimit, SetLimit
from service.domain.guard import Guard, Guardrails
from service.domain.period import PeriodKind
from service.domain.policy import Policy, Threshold
from service.domain.quantity import SpendPlus

# Where it stands, as keys and indices from the document's mapping, and a sentence.
Doubt: TypeAlias = tuple[tuple[str | int, ...], str]

_ALL_OF_THE_LIMIT = Decimal(100)
_LONGEST = {
    PeriodKind.MONTH: timedelta(days=31),
    PeriodKind.WEEK: timedelta(days=7),
    PeriodKind.DAY: timedelta(days=1),
}


def guard_doubts(guard: Guard) -> Iterator[Doubt]:
    """Doubt a guard: nobody told of its health, one key for two organizations."""
    if not guard.default_channels:
        yield (), "without default_channels nobody is told of the guard's own health"
    for index, organization in enumerate(guard.organizations):
        at = ("organizations", index)
        if any(
            other.api_key == organization.api_key
            and other.base_url == organization.base_url
            for other in guard.organizations[:index]
        ):
            yield (*at, "api_key"), "another organization has the same key and address"
        for path, text in _guardrail_doubts(organization.guardrails):
            yield (*at, "guardrails", *path), text


def policy_doubts(policy: Policy, guardrails: Guardrails) -> Iterator[Doubt]:
    """Doubt a policy under the guardrails of its organization."""
    if not policy.thresholds and policy.track is None:
        yield (), f"policy {policy.id} has no thresholds: it watches nothing"
    yield from _track_doubts(policy, guardrails)
    for index, threshold in enumerate(policy.thresholds):
        at = ("thresholds", index)
        for path, text in _watch_doubts(policy, threshold, guardrails):
            yield (*at, *path), text
        for path, text in _effect_doubts(policy, threshold, guardrails):
            yield (*at, "then", *path), text


def _track_doubts(policy: Policy, guardrails: Guardrails) -> Iterator[Doubt]:
    track = policy.track
    if track is None:
        return
    for key, bound in (("floor", track.floor), ("ceiling", track.ceiling)):
        if bound is not None:
            for text in _outside(policy.budget.amount_of(bound), guardrails):
                yield ("track", key), text
    if track.ceiling is None and guardrails.max_limit is None:
        yield ("track",), "raises without a ceiling: add ceiling, or max_limit to guard"
    if not guardrails.max_changes_per_day or guardrails.max_raise_per_period == 0:
        yield ("track",), "never raises: the guardrails allow no automatic raise"


def _guardrail_doubts(guardrails: Guardrails) -> Iterator[Doubt]:
    if guardrails.baseline_limit is not None:
        for text in _outside(guardrails.baseline_limit, guardrails):
            yield ("baseline_limit",), text


def _outside(amount: Decimal, guardrails: Guardrails) -> Iterator[str]:
    lowest, highest = guardrails.min_limit, guardrails.max_limit
    if highest is not None and amount > highest:
        yield f"never reached: max_limit of the guardrails is {highest}"
    if lowest is not None and amount < lowest:
        yield f"never reached: min_limit of the guardrails is {lowest}"


def _watch_doubts(
    policy: Policy, threshold: Threshold, guardrails: Guardrails
) -> Iterator[Doubt]:
    if threshold.limit is not None and threshold.limit.percent > _ALL_OF_THE_LIMIT:
        yield ("limit",), "never reached: the provider stops at 100% of the limit"
    if threshold.forecast is not None and not policy.budget.amount_of(
        threshold.forecast
    ):
        yield ("forecast",), "fires at once: any forecast reaches nothing"
    yield from _pace_doubts(threshold, guardrails)
    yield from _wait_doubts(policy, threshold)
    if threshold.spend is None:
        return
    bound = policy.budget.amount_of(threshold.spend)
    if not bound:
        yield ("spend",), "fires at once: any spend reaches nothing"
    is_whole = policy.target.is_organization
    highest = guardrails.max_limit
    if highest is None or not is_whole or policy.budget.period is not PeriodKind.MONTH:
        return
    if bound > highest:
        yield (
            ("spend",),
            f"never reached: the limit stops spend at max_limit, {highest}",
        )


def _wait_doubts(policy: Policy, threshold: Threshold) -> Iterator[Doubt]:
    kind = policy.period_of(threshold)
    if threshold.held_for is not None and threshold.held_for >= _LONGEST[kind]:
        yield (
            ("for",),
            f"never fires: a {kind} is over before, and the next begins anew",
        )


def _pace_doubts(threshold: Threshold, guardrails: Guardrails) -> Iterator[Doubt]:
    highest, pace = guardrails.max_limit, threshold.pace
    if pace is not None and highest is not None and pace.at_least > highest:
        text = f"never reached: the limit stops spend at max_limit, {highest}"
        yield ("pace", "at_least"), text


def _effect_doubts(
    policy: Policy, threshold: Threshold, guardrails: Guardrails
) -> Iterator[Doubt]:
    if threshold.then is None:
        return
    effect = threshold.then.effect
    match effect:
        case RaiseLimit():
            yield from _raise_doubts(effect, policy, guardrails)
        case CapLimit():
            yield from _cap_doubts(effect, policy, guardrails)
        case SetLimit():
            for text in _outside(policy.budget.amount_of(effect.to), guardrails):
                yield ("set_limit", "to"), text
        case _:
            assert_never(effect)


def _raise_doubts(
    effect: RaiseLimit, policy: Policy, guardrails: Guardrails
) -> Iterator[Doubt]:
    at = "raise_limit"
    if effect.up_to is not None:
        for text in _outside(policy.budget.amount_of(effect.up_to), guardrails):
            yield (at, "up_to"), text
    elif guardrails.max_limit is None:
        yield (at,), "raises without a ceiling: add up_to here, or max_limit to guard"
    if not guardrails.max_changes_per_day or guardrails.max_raise_per_period == 0:
        yield (at,), "never raises: the guardrails allow no automatic raise"


def _cap_doubts(
    effect: CapLimit, policy: Policy, guardrails: Guardrails
) -> Iterator[Doubt]:
    if isinstance(effect.to, SpendPlus):
        return
    for text in _outside(policy.budget.amount_of(effect.to), guardrails):
        yield ("cap_limit", "to"), text
