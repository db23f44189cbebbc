"""A message as a JSON document, for machines that listen on `json://`."""

from decimal import Decimal
from typing import Any

from service.channels import wording
from service.domain.expected import known
from service.domain.money import Money, shown
from service.domain.notification import Burner, Event, Figures, Message


def document_of(message: Message, notification_id: str) -> dict[str, Any]:
    """Give all of a message: money as `{amount, currency}`, times as RFC 3339.

    What is unknown is null, never zero.
    """
    return {
        "id": notification_id,
        "organization": message.organization,
        "at": message.at.isoformat(),
        "period": message.period,
        "severity": message.severity.value,
        "subject": wording.subject(message),
        "events": [_event(each) for each in wording.by_importance(message)],
        "figures": _figures(message.figures) if message.figures else None,
        "burners": [_burner(each) for each in message.burners],
        "policies": {
            "revision": message.revision,
            "commit": message.commit,
            "author": message.author,
        },
        "link": message.link,
        "audit_heads": [
            {"chain": each.chain, "seq": each.seq, "hash": each.hash}
            for each in message.heads
        ],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "severity": event.severity.value,
        "alert_kind": event.alert_kind,
        "policy_id": event.policy_id,
        "policy_title": event.policy_title,
        "threshold_id": event.threshold_id,
        "alert_id": event.alert_id,
        "change_id": event.change_id,
        "approval_id": event.approval_id,
        "link": event.link,
        "value": _number(event.value),
        "bound": _number(event.bound),
        "unit": event.unit,
        "is_planned": event.is_planned,
        "headline": wording.headline(event),
        "detail": event.detail,
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "state": figures.state,
        "reason": figures.reason,
        "spend": _money(figures.spend),
        "as_of": figures.as_of.isoformat() if figures.as_of else None,
        "age_seconds": figures.age_seconds,
        "forecast": _forecast(figures),
        "spend_limit": figures.limit,
        "headroom": _money(figures.headroom),
        "burn_rate": _money(figures.burn_rate),
        "hours_left": _number(figures.hours_left),
        "exposure": _money(figures.exposure),
    }


def _forecast(figures: Figures) -> dict[str, str] | None:
    forecast, spend = known(figures.forecast), figures.spend
    if forecast is None or spend is None:
        return None
    return {
        "amount": shown(forecast.point),
        "low": shown(forecast.low),
        "high": shown(forecast.high),
        "currency": spend.currency,
    }


def _burner(burner: Burner) -> dict[str, Any]:
    return {
        "dimension": burner.dimension,
        "name": burner.name,
        "spend": _money(burner.spend),
        "today": _money(burner.today),
        "yesterday": _money(burner.yesterday),
    }


def _money(money: Money | None) -> dict[str, str] | None:
    if money is None:
        return None
    return {"amount": shown(money.amount), "currency": money.currency}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
