"""The provider's answers as domain values; what cannot be read raises, never guesses.

Every function takes parsed JSON and raises `ProviderMalformed` naming the place.
Amounts are whole units of the currency the answer names.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from service.admin_api import rows, wire
from service.admin_api.exact import positive
from service.admin_api.shape import compare
from service.admin_api.usage_shape import UsageOut
from service.domain.analytics import ModelRateLimit, ProviderAuditEntry, RateLimit
from service.domain.errors import InvalidInput, ProviderMalformed
from service.domain.money import Money
from service.domain.period import BillingPeriod, PeriodKind
from service.domain.usage import (
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    Workspace,
)

Json: TypeAlias = object


def limit_reading(answer: Json) -> LimitReading:
    """Read `GET /spend-limit`; the flag of no limit counts, whatever the number is."""
    limits = wire.parse(wire.LimitsOut, answer).limits
    completion = limits.completion
    limit = _limit(
        completion.usage_limit,
        limits.currency,
        is_unlimited=completion.no_monthly_limit is True,
        place="limits.completion.usage_limit",
    )
    return LimitReading(
        currency=limits.currency,
        limit=limit,
        is_reached=completion.monthly_limit_reached,
        total=_counted(completion),
        payment_failed=limits.last_payment_failure is True,
        shape_changes=compare("spend-limit", wire.LimitsOut, [answer]),
    )


def _counted(completion: wire.CompletionLimit) -> Decimal | None:
    if completion.total_usage is not None:
        return completion.total_usage
    if completion.usage is None or completion.vibe_usage is None:
        return None
    return completion.usage + completion.vibe_usage


def _limit(
    value: object, currency: str | None, *, is_unlimited: bool, place: str
) -> SpendLimit | None:
    """Give the limit; None if the answer names no number or no currency for it."""
    if is_unlimited:
        return SpendLimit(None)
    if value is None or currency is None:
        return None
    try:
        return SpendLimit(Money(positive(value), currency))
    except (ValueError, InvalidInput) as error:
        problem = str(error)
    raise ProviderMalformed(f"{place}: {problem}")


def usage_report(answer: Json) -> UsageReport:
    """Read `GET /usage`: Vibe comes as rows or as an amount, and is taken once."""
    if not isinstance(answer, dict):
        raise ProviderMalformed("the answer is no map")
    envelope = wire.parse(wire.UsageEnvelope, answer)
    if answer.get("completion") is None:
        raise ProviderMalformed("completion is missing")
    has_vibe_rows = answer.get("vibe_code") is not None
    unknown = rows.unknown_categories(answer)
    # A category nobody knows is more than a field and told as that.
    known = {name: part for name, part in answer.items() if name not in unknown}
    return UsageReport(
        period=_period(envelope),
        currency=envelope.currency or None,
        rows=rows.rows_of(answer),
        prices=_prices(envelope.prices or ()),
        legacy_vibe=None if has_vibe_rows else envelope.vibe_usage,
        unknown_categories=unknown,
        missing_categories=rows.missing_categories(answer),
        shape_changes=compare("usage", UsageOut, [known]),
    )


def _prices(listed: tuple[wire.PriceData, ...]) -> tuple[Price, ...]:
    return tuple(
        Price(
            event_type=entry.event_type,
            billing_metric=entry.billing_metric,
            billing_group=entry.billing_group,
            api_zone=entry.api_zone,
            service_tier=entry.service_tier,
            amount=entry.price,
        )
        for entry in listed
        if entry.price is not None
    )


def _period(envelope: wire.UsageEnvelope) -> BillingPeriod:
    start = _moment(envelope.start_date, "start_date")
    # The last day is named by its last millisecond.
    end = _next_midnight(_moment(envelope.end_date, "end_date"))
    if start != _midnight(start):
        raise ProviderMalformed("start_date is no midnight")
    if end <= start:
        raise ProviderMalformed("end_date is not after start_date")
    return BillingPeriod(start=start, end=end, kind=PeriodKind.MONTH)


def _moment(text: str, place: str) -> datetime:
    moment = None
    try:
        moment = datetime.fromisoformat(text)
        # Without a zone it is UTC, the calendar of all the provider's periods.
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ProviderMalformed(f"{place} is no time")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _next_midnight(moment: datetime) -> datetime:
    midnight = _midnight(moment)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def workspace(item: wire.WorkspaceOut, *, is_archived: bool) -> Workspace:
    """Read one workspace; its limit is None where the answer does not say it."""
    limit = item.spend_limit
    return Workspace(
        uuid=item.uuid,
        name=item.name,
        is_default=item.is_default,
        is_archived=is_archived,
        limit=None
        if limit is None
        else _limit(
            limit.value,
            limit.currency,
            is_unlimited=limit.no_monthly_limit is True,
            place=f"spend_limit of workspace {item.uuid}",
        ),
    )


def rate_limit(answer: Json) -> RateLimit:
    """Read `GET /rate-limit`, in the schema's form or the documentation's."""
    limits = wire.parse(wire.RateLimitsOut, answer)
    by_model = limits.tokens_limits_by_model or {}
    named = (
        by_model.items()
        if isinstance(by_model, dict)
        else [(entry.model, entry) for entry in by_model]
    )
    return RateLimit(
        requests_per_second=limits.requests_per_second,
        models=tuple(
            ModelRateLimit(
                model=model,
                tokens_per_minute=tokens.tokens_per_minute,
                tokens_per_month=tokens.tokens_per_month,
            )
            for model, tokens in sorted(named, key=lambda pair: pair[0])
        ),
        shape_changes=compare("rate-limit", wire.RateLimitsOut, [answer]),
    )


def audit_page(answer: Json) -> tuple[wire.AuditLogOut, ...]:
    """Read a page of `GET /audit-logs`, a bare array that was wrapped."""
    return wire.parse(wire.AuditLogPage, answer).entries


def audit_entry(entry: wire.AuditLogOut) -> ProviderAuditEntry:
    """Read an entry; the target's facts are prefixed, so that none hides another."""
    detail = dict(entry.event_metadata or {})
    detail |= {
        f"target.{key}": value for key, value in (entry.target_metadata or {}).items()
    }
    return ProviderAuditEntry(
        at=entry.created_at.astimezone(UTC),
        actor=_actor(entry.actor_metadata or {}) or entry.actor_type,
        actor_type=entry.actor_type,
        event_type=entry.event_type,
        target_type=entry.target_type,
        detail={key: str(value) for key, value in detail.items()},
    )


def _actor(metadata: Mapping[str, object]) -> str | None:
    """Give the best name: an address, a name, else any id."""
    ids = sorted(key for key in metadata if key.endswith(("id", "uuid")))
    for key in ("email", "name", *ids):
        if metadata.get(key):
            return str(metadata[key])
    return None
