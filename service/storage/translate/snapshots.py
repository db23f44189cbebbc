"""What a check read, as a JSON text: whole, or as its differences to the one before.

The keys are short, for there are a hundred thousand of these in a year: `l` the limit,
`u` the usage reports by their place, `q` the rate limits, `g` the provider's audit log,
`a` the activity; in a report `h` its head, `p` its prices, `r` all rows or `c`, `d`,
`i` what became of them; `f` is a failure.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from service.domain.analytics import ProviderAuditEntry, RateLimit
from service.domain.period import BillingPeriod, PeriodKind
from service.domain.shape import AS_KNOWN, ShapeChanges
from service.domain.usage import (
    Failure,
    LimitReading,
    Price,
    UsageReport,
    UsageSnapshot,
)
from service.storage.documents import Document, limit_from_text, text_of_limit
from service.storage.translate.activity import activity_changes, activity_followed
from service.storage.translate.usage_rows import (
    changes_of,
    rows_from_changes,
    rows_from_runs,
    runs_of,
)

Json: TypeAlias = Any  # as `json` gives it
Reports: TypeAlias = dict[str, UsageReport | Failure]
Value = TypeVar("Value")

_RATES = Document(RateLimit)
_LOG = Document(tuple[ProviderAuditEntry, ...])
_USAGE, _PREVIOUS = "u", "p"
_NOT_READ = Failure(reason="not_read", detail="nothing was read yet")


def text_of_snapshot(snapshot: UsageSnapshot, before: UsageSnapshot | None) -> str:
    """Write a snapshot; without the one before it, all of it."""
    document: dict[str, Json] = {}
    if before is None or before.limit != snapshot.limit:
        document["l"] = _limit(snapshot.limit)
    known = {} if before is None else _reports(before)
    usage = dict(_changed(_reports(snapshot), known))
    if usage:
        document["u"] = usage
    read = {} if before is None else before.activity
    activity = activity_changes(snapshot.activity, read)
    if activity:
        document["a"] = activity
    if snapshot.rate_limit is not None:
        document["q"] = _value(snapshot.rate_limit, _RATES)
    if snapshot.limit_log is not None:
        document["g"] = _value(snapshot.limit_log, _LOG)
    return json.dumps(document, separators=(",", ":"))


def snapshot_from_text(
    text: str, before: UsageSnapshot | None, organization: str, at: datetime
) -> UsageSnapshot:
    """Read what `text_of_snapshot` wrote after the same one before it."""
    document = json.loads(text)
    known = before or UsageSnapshot(
        organization=organization, captured_at=at, limit=_NOT_READ, usage=_NOT_READ
    )
    limit = document.get("l")
    rates = _value_from(document.get("q"), _RATES)
    log = _value_from(document.get("g"), _LOG)
    reports = _followed(known, document["u"]) if "u" in document else None
    return UsageSnapshot(
        organization=organization,
        captured_at=at,
        limit=known.limit if limit is None else _limit_from(limit),
        usage=known.usage if reports is None else reports[_USAGE],
        usage_by_workspace=known.usage_by_workspace
        if reports is None
        else _of_workspaces(_USAGE, reports),
        previous=known.previous if reports is None else reports.get(_PREVIOUS),
        previous_by_workspace=known.previous_by_workspace
        if reports is None
        else _of_workspaces(_PREVIOUS, reports),
        rate_limit=rates,
        limit_log=log,
        activity=activity_followed(known.activity, document.get("a", {})),
    )


def _reports(snapshot: UsageSnapshot) -> Reports:
    """Give all reports by their place: `u`, `u/Agents`, `p`, `p/Agents`."""
    found: Reports = {_USAGE: snapshot.usage}
    if snapshot.previous is not None:
        found[_PREVIOUS] = snapshot.previous
    for name, each in snapshot.usage_by_workspace.items():
        found[f"{_USAGE}/{name}"] = each
    for name, each in snapshot.previous_by_workspace.items():
        found[f"{_PREVIOUS}/{name}"] = each
    return found


def _of_workspaces(place: str, reports: Reports) -> Reports:
    start = f"{place}/"
    return {
        name[len(start) :]: each
        for name, each in reports.items()
        if name.startswith(start)
    }


def _changed(reports: Reports, known: Reports) -> Iterator[tuple[str, Json]]:
    for place in known.keys() - reports.keys():
        yield place, None
    for place, report in reports.items():
        before = known.get(place)
        if before == report:
            continue
        if isinstance(report, Failure):
            yield place, _failure(report)
        elif isinstance(before, UsageReport):
            yield place, _differences(report, before)
        else:
            yield place, _report(report)


def _followed(known: UsageSnapshot, changes: Mapping[str, Json]) -> Reports:
    reports = _reports(known)
    for place, changed in changes.items():
        before = reports.get(place)
        if changed is None:
            del reports[place]
        elif "f" in changed:
            reports[place] = _failure_from(changed)
        elif isinstance(before, UsageReport):
            reports[place] = _report_from(changed, before)
        else:
            reports[place] = _report_from(changed, _headed(changed["h"]))
    return reports


def _report(report: UsageReport) -> dict[str, Json]:
    return {"h": _head(report), "p": _prices(report), "r": runs_of(report.rows)}


def _differences(report: UsageReport, before: UsageReport) -> dict[str, Json]:
    document = {}
    if _head(report) != _head(before):
        document["h"] = _head(report)
    if report.prices != before.prices:
        document["p"] = _prices(report)
    changes = changes_of(before.rows, report.rows)
    return document | ({"r": runs_of(report.rows)} if changes is None else changes)


def _report_from(document: Mapping[str, Json], before: UsageReport) -> UsageReport:
    head = _headed(document["h"]) if "h" in document else before
    runs, prices = document.get("r"), document.get("p")
    rows = rows_from_changes(document, before.rows)
    return UsageReport(
        period=head.period,
        currency=head.currency,
        rows=rows if runs is None else rows_from_runs(runs),
        prices=before.prices if prices is None else tuple(map(_price_from, prices)),
        legacy_vibe=head.legacy_vibe,
        unknown_categories=head.unknown_categories,
        missing_categories=head.missing_categories,
        shape_changes=head.shape_changes,
    )


def _head(report: UsageReport) -> Json:
    period, vibe = report.period, report.legacy_vibe
    return [
        [period.start.isoformat(), period.end.isoformat(), period.kind.value],
        report.currency,
        None if vibe is None else str(vibe),
        list(report.unknown_categories),
        list(report.missing_categories),
        _shape(report.shape_changes),
    ]


def _headed(head: Json) -> UsageReport:
    (start, end, kind), currency, vibe, unknown, missing, shape = head
    return UsageReport(
        period=BillingPeriod(
            start=datetime.fromisoformat(start).astimezone(UTC),
            end=datetime.fromisoformat(end).astimezone(UTC),
            kind=PeriodKind(kind),
        ),
        currency=currency,
        rows=(),
        prices=(),
        legacy_vibe=None if vibe is None else Decimal(vibe),
        unknown_categories=tuple(unknown),
        missing_categories=tuple(missing),
        shape_changes=_shape_from(shape),
    )


def _prices(report: UsageReport) -> Json:
    return [
        [
            price.event_type,
            price.billing_metric,
            price.billing_group,
            price.api_zone,
            price.service_tier,
            str(price.amount),
        ]
        for price in report.prices
    ]


def _price_from(written: Json) -> Price:
    event_type, metric, group, zone, tier, amount = written
    return Price(
        event_type=event_type,
        billing_metric=metric,
        billing_group=group,
        api_zone=zone,
        service_tier=tier,
        amount=Decimal(amount),
    )


def _limit(reading: LimitReading | Failure) -> Json:
    if isinstance(reading, Failure):
        return _failure(reading)
    return [
        reading.currency,
        text_of_limit(reading.limit),
        reading.is_reached,
        None if reading.total is None else str(reading.total),
        reading.payment_failed,
        _shape(reading.shape_changes),
    ]


def _limit_from(written: Json) -> LimitReading | Failure:
    if isinstance(written, dict):
        return _failure_from(written)
    currency, limit, is_reached, total, payment_failed, shape = written
    return LimitReading(
        currency=currency,
        limit=limit_from_text(limit),
        is_reached=is_reached,
        total=None if total is None else Decimal(total),
        payment_failed=payment_failed,
        shape_changes=_shape_from(shape),
    )


def _failure(failure: Failure) -> Json:
    return {"f": [failure.reason, failure.detail, failure.is_drift]}


def _failure_from(written: Json) -> Failure:
    reason, detail, is_drift = written["f"]
    return Failure(reason=reason, detail=detail, is_drift=is_drift)


def _shape(changes: ShapeChanges) -> Json:
    if changes == AS_KNOWN:
        return None
    return [list(changes.broken), list(changes.added)]


def _shape_from(written: Json) -> ShapeChanges:
    if written is None:
        return AS_KNOWN
    broken, added = written
    return ShapeChanges(broken=tuple(broken), added=tuple(added))


def _value(value: Value | Failure, document: Document[Value]) -> Json:
    if isinstance(value, Failure):
        return _failure(value)
    return json.loads(document.dump(value))


def _value_from(written: Json, document: Document[Value]) -> Value | Failure | None:
    if written is None:
        return None
    if isinstance(written, dict) and "f" in written:
        return _failure_from(written)
    return document.load(json.dumps(written))
