"""Messages to render and to send, all about one afternoon at acme."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from service.domain.money import Money
from service.domain.notification import Burner, Event, EventKind, Figures, Message
from service.domain.policy import Severity

AFTERNOON = datetime(2026, 10, 14, 14, 9, tzinfo=UTC)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def fired(**changes: Any) -> Event:  # noqa: ANN401 - any field
    event = Event(
        kind=EventKind.FIRED,
        severity=Severity.CRITICAL,
        alert_kind="spend",
        detail="",
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id="al_stop",
        value=Decimal("101.23"),
        bound=Decimal(100),
        unit="%",
    )
    return replace(event, **changes)


def capped(**changes: Any) -> Event:  # noqa: ANN401 - any field
    event = Event(
        kind=EventKind.LIMIT_CHANGED,
        severity=Severity.CRITICAL,
        alert_kind="spend",
        detail="Limit capped at 5000.00 EUR.",
        policy_id="acme-monthly",
        threshold_id="stop",
        change_id="lc_cap",
    )
    return replace(event, **changes)


def figures(**changes: Any) -> Figures:  # noqa: ANN401 - any field
    known = Figures(
        state="known",
        spend=euros("4812.50"),
        as_of=AFTERNOON - timedelta(minutes=4),
        age_seconds=240,
        limit="5000.00 EUR",
        headroom=euros("187.50"),
        burn_rate=euros("32.10"),
        hours_left=Decimal("5.841"),
        exposure=euros("187.50"),
    )
    return replace(known, **changes)


def message(*events: Event, **changes: Any) -> Message:  # noqa: ANN401 - any field
    told = Message(
        organization="acme",
        at=AFTERNOON,
        period="2026-10",
        severity=Severity.CRITICAL,
        events=events or (fired(), capped()),
        figures=figures(),
        burners=(
            Burner(
                dimension="model",
                name="large",
                spend=euros("3000"),
                today=euros("21"),
                yesterday=euros("14"),
            ),
        ),
        revision="9f2c",
        commit="0a1b2c3",
        link="https://guard.acme.example/alerts",
    )
    return replace(told, **changes)
