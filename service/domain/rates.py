"""The provider's rate limits, held against those it told before."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from service.domain import health
from service.domain.alert import Alert, AlertKey, AlertKind
from service.domain.analytics import ModelRateLimit, RateLimit
from service.domain.policy import Severity
from service.domain.recording import number
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved
from service.domain.usage import Failure

# A list that a person reads; the audit log has the alert, the provider the rest.
_MOST_SHOWN = 6


def remember_rates(
    state: OrganizationState, read: RateLimit | Failure | None, now: datetime
) -> OrganizationState:
    """Keep what was read, and when it was tried; a failure changes nothing else."""
    if read is None:
        return state
    if isinstance(read, Failure):
        return replace(state, rate_limit_at=now)
    return replace(state, rate_limit=read, rate_limit_at=now)


def rate_moves(
    state: OrganizationState,
    read: RateLimit | Failure | None,
    alerts: Mapping[AlertKey, Alert],
    channels: tuple[str, ...],
    now: datetime,
) -> Iterator[Moved]:
    """Fire, and end at once, where the rate limits are not what they were."""
    before = state.rate_limit
    if before is None or read is None or isinstance(read, Failure) or read == before:
        return
    changed = tuple(differences(before, read))
    more = len(changed) - _MOST_SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    condition = health.Condition(
        kind=AlertKind.RATE_LIMIT_CHANGED,
        is_on=True,
        severity=Severity.WARNING,
        reason=f"the provider's rate limits changed: "
        f"{'; '.join(changed[:_MOST_SHOWN])}{rest}",
    )
    key = health.key_of(state.organization, condition)
    step = health.moment(alerts.get(key), condition, key, now)
    yield Moved(step=step, channels=channels)


def differences(before: RateLimit, after: RateLimit) -> Iterator[str]:
    """Say what exactly has changed, model by model."""
    if before.requests_per_second != after.requests_per_second:
        was, now = before.requests_per_second, after.requests_per_second
        yield f"requests per second {_said(was)} → {_said(now)}"
    old = {each.model: each for each in before.models}
    new = {each.model: each for each in after.models}
    for model in sorted(old.keys() | new.keys()):
        if model not in new:
            yield f"{model} is gone"
        elif model not in old:
            yield f"{model} is new, {_of(new[model])}"
        elif old[model] != new[model]:
            yield f"{model} from {_of(old[model])} to {_of(new[model])}"


def _of(model: ModelRateLimit) -> str:
    return (
        f"{_said(model.tokens_per_minute)} tokens a minute and"
        f" {_said(model.tokens_per_month)} a month"
    )


def _said(amount: Decimal | None) -> str:
    return number(amount) or "not told"
