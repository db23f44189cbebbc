"""What the provider reports about rates and activity, on the wire."""

from datetime import datetime
from decimal import Decimal

from service.api.bodies.base import Body, example, plain
from service.domain.analytics import Analytics, AnalyticsReport, Cell, RateLimit


class ModelRate(Body):
    """Tokens allowed of one model; decimal strings, and 0 does not mean blocked."""

    model: str
    tokens_per_minute: str
    tokens_per_month: str


class RateLimitBody(Body):
    """The organization's rate limits, as decimal strings."""

    model_config = example(
        organization="acme",
        requests_per_second="6",
        models=[
            {
                "model": "mistral-large-2411",
                "tokens_per_minute": "2000000",
                "tokens_per_month": "10000000000",
            }
        ],
    )

    organization: str
    requests_per_second: str | None
    models: list[ModelRate]


class AnalyticsBody(Body):
    """An activity report over `[start, end)`: named series of flat rows.

    le Chat has one series, `data`; Vibe Code has one per counter. Counts are integers,
    other numbers decimal strings.
    """

    model_config = example(
        organization="acme",
        report="lechat/by-user",
        start="2026-08-01T00:00:00Z",
        end="2026-08-20T12:00:00Z",
        series={"data": [{"user_id": "5f0c", "messages_count": 412}]},
    )

    organization: str
    report: AnalyticsReport
    start: datetime
    end: datetime
    series: dict[str, list[dict[str, str | int | bool | None]]]


def rate_limit_body(organization: str, rates: RateLimit) -> RateLimitBody:
    """Give the rate limits of an organization."""
    per_second = rates.requests_per_second
    return RateLimitBody(
        organization=organization,
        requests_per_second=None if per_second is None else plain(per_second),
        models=[
            ModelRate(
                model=each.model,
                tokens_per_minute=plain(each.tokens_per_minute),
                tokens_per_month=plain(each.tokens_per_month),
            )
            for each in rates.models
        ],
    )


def analytics_body(organization: str, found: Analytics) -> AnalyticsBody:
    """Give a report of an organization."""
    return AnalyticsBody(
        organization=organization,
        report=found.report,
        start=found.start,
        end=found.end,
        series={
            name: [
                {column: _cell(cell) for column, cell in row.items()} for row in rows
            ]
            for name, rows in found.series.items()
        },
    )


def _cell(cell: Cell) -> str | int | bool | None:
    return plain(cell) if isinstance(cell, Decimal) else cell
