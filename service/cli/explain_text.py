"""An explanation in the terminal, for whom a message woke."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import typer

from service.api.bodies.explanation import (
    DistanceBody,
    EffectBody,
    Explanation,
    ThresholdExplained,
)
from service.cli.output import harmless, limit_text, money_text, quantity_text
from service.domain.alert import AlertState
from service.domain.money import spoken
from service.domain.quantity import rough_duration


def print_explanation(told: Explanation) -> None:
    """Print a policy threshold by threshold: what is, why, and what would follow."""
    title = f" “{told.title}”" if told.title else ""
    typer.echo(
        harmless(
            f"{told.policy_id}{title}: {told.organization}, mode {told.mode}, period"
            f" {told.period}, on figures of {_moment(told.at)}"
        )
    )
    if not told.thresholds:
        typer.echo("the policy has no thresholds")
    for each in told.thresholds:
        typer.echo()
        typer.echo(f"{each.threshold_id} ({each.watches}, {each.severity})")
        for line in _lines(each, told.at):
            typer.echo(f"  {harmless(line)}")


def _lines(each: ThresholdExplained, now: datetime) -> Iterator[str]:
    yield f"{each.means}{_since(each, now)}"
    yield each.reason
    yield f"value    {_value(each, now)}"
    yield f"bound    {quantity_text(each.bound)}"
    for above in each.above:
        if above.name:
            yield f"above    {above.name}: {quantity_text(above.count)}"
    if each.fires_at is not None:
        yield f"fires    at {_moment(each.fires_at)}, if it stays crossed"
    if each.distance is not None:
        yield f"missing  {_distance(each.distance, now)}"
        yield from _forecast(each.distance)
    if each.effect is not None:
        is_firing = each.state is AlertState.FIRING
        yield from _effect(each.effect, now, "now" if is_firing else "if it fired now")
    yield f"tells    {', '.join(each.channels) or 'nobody'}"
    if each.silence is not None:
        by, until = each.silence.created_by, _moment(each.silence.until)
        yield f"silent   until {until}, by {by}: {each.silence.comment}"
    if each.alert_id is not None:
        seen = f", acknowledged by {each.acknowledged_by}"
        yield f"alert    {each.alert_id}{seen if each.acknowledged_by else ''}"


def _since(each: ThresholdExplained, now: datetime) -> str:
    if each.since is None or each.state is None:
        return ""
    ago = rough_duration(now - each.since)
    return f" ({each.state} since {_moment(each.since)}, {ago} ago)"


def _value(each: ThresholdExplained, now: datetime) -> str:
    if each.value is not None:
        doubt = f"; {each.data.state}: {each.data.detail}" if each.data.reason else ""
        return f"{quantity_text(each.value)}, read now from {each.source}{doubt}"
    if each.last_good is None or each.last_good_at is None:
        return "not known"
    ago = rough_duration(now - each.last_good_at)
    what = "spend" if each.last_good.currency else "it"
    return f"not known now; {what} was {quantity_text(each.last_good)} {ago} ago"


def _distance(distance: DistanceBody, now: datetime) -> str:
    used = distance.used_percent
    share = f" ({spoken(Decimal(used))} % of the bound is used)" if used else ""
    said = f"{quantity_text(distance.more)} more{share}"
    if distance.rate_per_hour is None:
        return said
    rate = f"{quantity_text(distance.rate_per_hour)} an hour, {distance.rate_from}"
    if distance.reached_at is None:
        end = _moment(distance.period_ends_at)
        return f"{said}; at {rate}, not before the period ends on {end}"
    left = rough_duration(distance.reached_at - now)
    return f"{said}; at {rate}, on {_moment(distance.reached_at)} (in {left})"


def _forecast(distance: DistanceBody) -> Iterator[str]:
    if distance.forecast is None:
        return
    low, high = distance.forecast_low, distance.forecast_high
    said = "does not reach it"
    if distance.forecast_reaches_at is not None:
        said = f"reaches it about {_moment(distance.forecast_reaches_at)}"
    between = f"{quantity_text(low)} to {quantity_text(high)} in four cases of five"
    point = quantity_text(distance.forecast)
    yield f"forecast {point} at the period's end ({between}): {said}"


def _effect(effect: EffectBody, now: datetime, when: str) -> Iterator[str]:
    yield f"then     {effect.what}"
    before = limit_text(effect.from_, unlimited=effect.from_unlimited)
    if effect.to is None:
        yield f"         {when}: nothing is moved, the limit stays {before}"
    else:
        yield f"         {when}: {before} → {money_text(effect.to)}"
    for each in effect.obstacles:
        until = ""
        if each.until is not None:
            left = rough_duration(each.until - now)
            until = f", until {_moment(each.until)} (in {left})"
        yield f"         held by {each.reason}: {each.detail}{until}"


def _moment(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M} UTC"
