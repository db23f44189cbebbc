"""What checks remember, saw and decided, as rows."""

from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from service.domain.check import Check, CheckOutcome, Observation, UsageMonth
from service.domain.errors import InvalidInput
from service.domain.expected import point_of
from service.domain.state import OrganizationState
from service.storage.documents import (
    FIGURE,
    FORECAST,
    LINES,
    OUTCOMES,
    STATE,
    WORDS,
    limit_from_text,
    text_of_limit,
)


def row_from_state(state: OrganizationState) -> dict[str, object]:
    return {"organization": state.organization, "document": STATE.dump(state)}


def state_from_row(row: Row[Any]) -> OrganizationState:
    return STATE.load(row.document)


def row_from_check(check: Check) -> dict[str, object]:
    if check.is_dry_run:
        raise InvalidInput("a dry run is never kept")
    return {
        "id": check.id,
        "organization": check.organization,
        "at": check.at,
        "took_ms": check.took_ms,
        "outcome": check.outcome.value,
        "period": check.period,
        "currency": check.currency,
        "spend_amount": check.spend.amount,
        "spend_limit": text_of_limit(check.limit),
        "burn_rate": check.burn_rate,
        "forecast_amount": point_of(check.forecast),
        "forecast": None if check.forecast is None else FORECAST.dump(check.forecast),
        "change_id": check.change_id,
        "revision": check.revision,
        "spend": FIGURE.dump(check.spend),
        "alerts_fired": WORDS.dump(check.alerts_fired),
        "decisions": OUTCOMES.dump(check.decisions),
    }


def check_from_row(row: Row[Any]) -> Check:
    return Check(
        id=row.id,
        organization=row.organization,
        at=row.at,
        took_ms=row.took_ms,
        outcome=CheckOutcome(row.outcome),
        period=row.period,
        currency=row.currency,
        spend=FIGURE.load(row.spend),
        limit=limit_from_text(row.spend_limit),
        decisions=OUTCOMES.load(row.decisions),
        change_id=row.change_id,
        alerts_fired=WORDS.load(row.alerts_fired),
        revision=row.revision,
        burn_rate=row.burn_rate,
        forecast=None if row.forecast is None else FORECAST.load(row.forecast),
    )


def observation_from_row(row: Row[Any]) -> Observation:
    at, spend, limit, forecast = tuple(row)
    return Observation(
        at=at, spend=spend, limit=limit_from_text(limit), forecast=forecast
    )


def row_from_usage_month(month: UsageMonth) -> dict[str, object]:
    lines = LINES.dump(month.lines)
    return {
        "organization": month.organization,
        "period": month.period,
        "workspace": month.workspace,
        "currency": month.currency,
        "captured_at": month.captured_at,
        "digest": sha256(f"{month.currency}\n{lines}".encode()).hexdigest(),
        "lines": lines,
    }


def usage_month_from_row(row: Row[Any]) -> UsageMonth:
    return UsageMonth(
        organization=row.organization,
        period=row.period,
        workspace=row.workspace,
        currency=row.currency,
        captured_at=row.captured_at,
        lines=LINES.load(row.lines),
    )
