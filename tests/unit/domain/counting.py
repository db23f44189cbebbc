"""What the provider's analytics say at noon of the 20th, and thresholds on it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.domain.activity import ActivityKey, Metric, Per, most_first
from service.domain.analytics import Analytics, AnalyticsReport, Cell
from service.domain.period import PeriodKind, period_of
from service.domain.policy import Policy
from service.domain.usage import Activity, Failure
from tests.builders import NOON, Fields, policy, threshold

CHATTY = {"metric": "lechat.messages", "per": "user", "above": 5000}


def key(
    metric: Metric = Metric.MESSAGES,
    per: Per = Per.USER,
    window: PeriodKind = PeriodKind.MONTH,
    workspace: str | None = None,
) -> ActivityKey:
    return ActivityKey(metric=metric, per=per, window=window, workspace=workspace)


def analytics(
    report: AnalyticsReport,
    series: Mapping[str, list[dict[str, Cell]]],
    kind: PeriodKind = PeriodKind.MONTH,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Analytics:
    """Give an answer over the period that holds noon of the 20th."""
    period = period_of(kind, NOON)
    return Analytics(
        report=report,
        start=start or period.start,
        end=end or period.end,
        series={name: tuple(rows) for name, rows in series.items()},
    )


def did(lacking: Failure | None = None, /, **counts: int) -> Activity:
    return Activity(
        counts=most_first({name: Decimal(count) for name, count in counts.items()}),
        lacking=lacking,
    )


def seen(found: Activity | Failure, of: ActivityKey | None = None) -> Fields:
    """Give the changes of a snapshot that holds a figure."""
    return {"activity": {of or key(): found}}


def chatty(watch: dict[str, Any] | None = None, **written: Fields) -> Policy:
    """Give a policy whose threshold watches what each user writes in a month."""
    beside = {
        name: written.pop(name)
        for name in ("for_", "repeat", "then")
        if name in written
    }
    watched = threshold(id="chatty", activity=CHATTY | (watch or {}), **beside)
    return policy(watched, **written)
