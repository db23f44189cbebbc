"""From reports of the provider's analytics to counts; what is not there is no zero."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from service.domain.activity import (
    DAY_FIELD,
    ActivityKey,
    ActivityQuery,
    Count,
    Counter,
    Per,
    most_first,
)
from service.domain.analytics import Analytics, AnalyticsReport, Cell
from service.domain.money import total
from service.domain.period import BillingPeriod
from service.domain.usage import Activity, Failure

# A provider may end its window at its own clock instead of at what was asked for.
_CLOCKS_DIFFER = timedelta(hours=1)
_LONGEST_NAME = 100


def queries_of(
    key: ActivityKey, period: BillingPeriod, places: Mapping[str, str | Failure]
) -> Mapping[str, ActivityQuery | Failure]:
    """Give the requests for a figure, by the workspace each is for.

    `places` are the uuids of the workspaces that count; only what is counted per
    workspace needs them. All else is one request, under an empty name.
    """
    report = key.counter.report
    if key.per is not Per.WORKSPACE:
        return {"": ActivityQuery(report=report, period=period)}
    return {
        name: uuid
        if isinstance(uuid, Failure)
        else ActivityQuery(report=report, period=period, workspace=uuid)
        for name, uuid in places.items()
    }


def activity_of(
    key: ActivityKey,
    period: BillingPeriod,
    answers: Mapping[str, Analytics | Failure],
    now: datetime,
) -> Activity | Failure:
    """Read a figure from its answers, by the workspace each is of."""
    read = {
        name: _counts(key.counter, period, answer, now)
        for name, answer in answers.items()
    }
    lost = {name: each for name, each in read.items() if isinstance(each, Failure)}
    counts: dict[str, Decimal] = {}
    for name, found in read.items():
        if isinstance(found, Mapping):
            # Of a workspace its own rows bear no name.
            counts |= {of or name: amount for of, amount in found.items()}
    if lost and len(lost) == len(read):
        return next(iter(lost.values()))
    return Activity(counts=most_first(counts), lacking=_lacking(lost))


def _lacking(lost: Mapping[str, Failure]) -> Failure | None:
    if not lost:
        return None
    (name, first), *others = lost.items()
    more = f" (and {len(others)} more)" if others else ""
    return Failure(
        reason=first.reason, detail=f"workspace {name}{more}: {first.detail}"
    )


def _counts(
    counter: Counter, period: BillingPeriod, answer: Analytics | Failure, now: datetime
) -> Mapping[str, Decimal] | Failure:
    if isinstance(answer, Failure):
        return answer
    rows = answer.series.get(counter.series)
    if rows is None:
        return _malformed(answer.report, f"no {counter.series}")
    if not _is_of(answer, period, now):
        return Failure(
            reason="wrong_period",
            detail=f"activity from {answer.start:%Y-%m-%d} to before"
            f" {answer.end:%Y-%m-%d} came for {period.key}",
        )
    counted: dict[str, list[Decimal]] = {}
    for index, row in enumerate(rows):
        found = _read(counter, period, row)
        if isinstance(found, str):
            return _malformed(answer.report, f"{counter.series}[{index}] has {found}")
        counted.setdefault(found.name, []).append(found.amount)
    return _added(counter, counted, answer.report)


def _added(
    counter: Counter, counted: Mapping[str, list[Decimal]], report: AnalyticsReport
) -> Mapping[str, Decimal] | Failure:
    if counter.subject:
        twice = any(len(amounts) > 1 for amounts in counted.values())
        if twice:
            return _malformed(report, f"the same {counter.subject} twice")
        return {name: amounts[0] for name, amounts in counted.items()}
    amounts = counted.get("", [])
    if len(amounts) > 1 and not counter.adds_up:
        return Failure(
            reason="cannot_be_added",
            detail=f"{report} has {len(amounts)} rows, and the same ones may count in"
            " several",
        )
    return {"": total(amounts)}


def _malformed(report: AnalyticsReport, what: str) -> Failure:
    return Failure(
        reason="provider_malformed", detail=f"analytics {report}: {what}", is_drift=True
    )


def _is_of(answer: Analytics, period: BillingPeriod, now: datetime) -> bool:
    if answer.start != period.start or answer.end > period.end:
        return False
    return answer.end >= min(period.end, now - _CLOCKS_DIFFER)


def _read(
    counter: Counter, period: BillingPeriod, row: Mapping[str, Cell]
) -> Count | str:
    """Read a row, or say what is wrong with it."""
    name = ""
    if counter.subject:
        named = row.get(counter.subject)
        if not isinstance(named, str) or not named:
            return f"no {counter.subject}"
        name = named[:_LONGEST_NAME]
    elif counter.report not in _WITHOUT_DAYS and not _has_day(row, period):
        return f"no {DAY_FIELD} of {period.key}"
    amounts = [_amount(row.get(field)) for field in counter.fields]
    known = [each for each in amounts if each is not None]
    if len(known) < len(amounts):
        return f"no {_first_missing(counter.fields, amounts)}"
    return Count(name=name, amount=total(known))


_WITHOUT_DAYS = frozenset({AnalyticsReport.LECHAT_BY_TIME})


def _first_missing(fields: Iterable[str], amounts: Iterable[Decimal | None]) -> str:
    return next(
        field for field, amount in zip(fields, amounts, strict=True) if amount is None
    )


def _has_day(row: Mapping[str, Cell], period: BillingPeriod) -> bool:
    day = row.get(DAY_FIELD)
    try:
        return isinstance(day, str) and period.has_day(date.fromisoformat(day))
    except ValueError:
        return False


def _amount(cell: Cell) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal) or cell < 0:
        return None
    return Decimal(cell)
