"""The metrics' common form: names with a unit, floats only here.

Prometheus knows no other numbers. Nothing is ever decided on one of these.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from service.domain.money import Money

Sample: TypeAlias = tuple[
    Sequence[str], Decimal | Money | timedelta | datetime | int | None
]


def gauge(
    name: str, about: str, labels: Sequence[str], samples: Iterable[Sample]
) -> Metric:
    """Give a gauge; a sample without a value is left out, never zero (F1)."""
    family = GaugeMetricFamily(f"spendguard_{name}", about, labels=labels)
    for values, number in samples:
        if number is not None:
            family.add_metric(values, _float(number))
    return family


def counter(
    name: str, about: str, labels: Sequence[str], samples: Iterable[Sample]
) -> Metric:
    """Give a counter, named without its `_total`."""
    family = CounterMetricFamily(f"spendguard_{name}", about, labels=labels)
    for values, number in samples:
        if number is not None:
            family.add_metric(values, _float(number))
    return family


def single(
    name: str, about: str, number: Decimal | timedelta | datetime | int
) -> Metric:
    """Give a gauge without labels."""
    return gauge(name, about, (), [((), number)])


def _float(number: Decimal | Money | timedelta | datetime | int) -> float:
    if isinstance(number, Money):
        return float(number.amount)
    if isinstance(number, timedelta):
        return number.total_seconds()
    if isinstance(number, datetime):
        return number.timestamp()
    return float(number)
