"""How each organization stands, as metrics; what is not known has no sample."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from prometheus_client.metrics_core import Metric

from service.api.metrics.families import gauge
from service.domain.expected import Forecast, known
from service.domain.money import Money
from service.domain.status import OrganizationStatus
from service.domain.usage import FigureState
from service.ports import Firing

_ORGANIZATION = ("organization",)
# A hundred years: what is much further away fits no duration.
_LONGEST_HOURS = Decimal(876_000)


def _limit(status: OrganizationStatus) -> Money | None:
    return None if status.spend_limit is None else status.spend_limit.amount


def _forecast(
    part: Callable[[Forecast], Decimal],
) -> Callable[[OrganizationStatus], Money | None]:
    def value(status: OrganizationStatus) -> Money | None:
        forecast = known(status.forecast)
        return None if forecast is None else Money(part(forecast), status.currency)

    return value


_MONEY: tuple[tuple[str, str, Callable[[OrganizationStatus], Money | None]], ...] = (
    ("spend", "Month-to-date spend, as the last check saw it.", lambda at: at.spend),
    ("spend_limit", "The provider's spend limit.", _limit),
    (
        "forecast",
        "Spend expected at the month's end, as if no limit stopped it.",
        _forecast(lambda expected: expected.point),
    ),
    (
        "forecast_low",
        "The spend at the month's end is at least so much in nine cases of ten.",
        _forecast(lambda expected: expected.low),
    ),
    (
        "forecast_high",
        "The spend at the month's end is at most so much in nine cases of ten.",
        _forecast(lambda expected: expected.high),
    ),
    ("headroom", "Spend limit less spend.", lambda at: at.headroom),
    (
        "burn_rate_per_hour",
        "Spend per hour over the last 24 hours.",
        lambda at: at.burn_rate,
    ),
    (
        "exposure",
        "What can be burnt before the next check sees it.",
        lambda at: at.exposure,
    ),
)


def organization_metrics(
    statuses: Sequence[OrganizationStatus], firing: Sequence[Firing]
) -> Iterator[Metric]:
    """Give the metrics of the organizations shown."""
    yield from _money(statuses)
    yield from _trust(statuses)
    yield gauge(
        "circuit_open",
        "1 while three failed limit changes in a row stop the automatic ones.",
        _ORGANIZATION,
        (((each.name,), each.is_circuit_open) for each in statuses),
    )
    yield gauge(
        "limit_overridden",
        "1 while a limit set by a person holds off the automatic changes.",
        _ORGANIZATION,
        (((each.name,), each.override_until is not None) for each in statuses),
    )
    yield gauge(
        "tracking_held",
        "1 while a limit that follows waits for a person to release it.",
        _ORGANIZATION,
        (((each.name,), each.hold is not None) for each in statuses),
    )
    yield gauge(
        "history_months",
        "Past months that were read, of the twelve before this one.",
        _ORGANIZATION,
        (((each.name,), each.history.months_read) for each in statuses),
    )
    yield gauge(
        "alerts_firing",
        "Alerts that fire now.",
        ("organization", "kind", "severity"),
        (
            ((each.organization, each.kind.value, each.severity.value), each.number)
            for each in firing
        ),
    )


def _money(statuses: Sequence[OrganizationStatus]) -> Iterator[Metric]:
    for name, about, value in _MONEY:
        samples = [((each.name, each.currency), value(each)) for each in statuses]
        yield gauge(name, about, ("organization", "currency"), samples)
    yield gauge(
        "spend_limit_unlimited",
        "1 where the provider has no spend limit.",
        _ORGANIZATION,
        (
            ((each.name,), each.spend_limit.is_unlimited)
            for each in statuses
            if each.spend_limit is not None
        ),
    )
    yield gauge(
        "limit_left_seconds",
        "Time to the spend limit at the present burn rate.",
        _ORGANIZATION,
        (((each.name,), _left(each)) for each in statuses),
    )


def _trust(statuses: Sequence[OrganizationStatus]) -> Iterator[Metric]:
    yield gauge(
        "data_age_seconds",
        "Age of the spend that is shown; of the last good one while it is unknown.",
        _ORGANIZATION,
        (((each.name,), each.data_age) for each in statuses),
    )
    yield gauge(
        "data_state",
        "1 for the trust that the spend deserves, 0 for the others.",
        ("organization", "state"),
        (
            ((each.name, state.value), each.data_state is state)
            for each in statuses
            for state in FigureState
        ),
    )
    yield gauge(
        "last_check_timestamp_seconds",
        "When the last check was made.",
        _ORGANIZATION,
        (((each.name,), each.last_check_at) for each in statuses),
    )


def _left(status: OrganizationStatus) -> timedelta | None:
    if status.hours_left is None:
        return None
    return timedelta(hours=float(min(status.hours_left, _LONGEST_HOURS)))
