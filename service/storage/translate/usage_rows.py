"""Usage rows as JSON: all of them in runs of one price, or what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, TypeAlias

from service.domain.usage import UsageRow

Json: TypeAlias = Any  # as `json` gives it
Rows: TypeAlias = tuple[UsageRow, ...]


def runs_of(rows: Sequence[UsageRow]) -> Json:
    """Write rows in their order: what they are once, then a day and units each."""
    return [
        [list(kind), [_used(row) for row in run]]
        for kind, run in groupby(rows, key=_kind)
    ]


def rows_from_runs(runs: Json) -> Rows:
    return tuple(_row(kind, used) for kind, run in runs for used in run)


def changes_of(before: Rows, after: Rows) -> dict[str, Json] | None:
    """Write what changed, went and came; None where what stayed changed its order.

    `c` and `i` name places in the rows as they are after it, `d` as they were before.
    """
    places = {_identity(row): place for place, row in enumerate(before)}
    if len(places) < len(before):
        return None
    stayed: list[int] = []
    changed, came = [], []
    for place, row in enumerate(after):
        known = places.get(_identity(row))
        if known is None:
            came.append([place, list(_kind(row)), _used(row)])
            continue
        stayed.append(known)
        if before[known] != row:
            changed.append([place, row.units, row.paid_units])
    if any(one >= other for one, other in pairwise(stayed)):
        return None
    went = sorted(set(range(len(before))) - set(stayed))
    found = {"c": changed, "d": went, "i": came}
    return {key: value for key, value in found.items() if value}


def rows_from_changes(changes: Mapping[str, Json], before: Rows) -> Rows:
    if not changes.keys() & {"c", "d", "i"}:
        return before
    rows = list(before)
    for place in reversed(changes.get("d", ())):
        del rows[place]
    for place, kind, used in changes.get("i", ()):
        rows.insert(place, _row(kind, used))
    for place, units, paid_units in changes.get("c", ()):
        rows[place] = _with_units(rows[place], units, paid_units)
    return tuple(rows)


def _kind(row: UsageRow) -> tuple[str | None, ...]:
    return (
        row.category,
        row.model,
        row.billing_metric,
        row.billing_group,
        row.event_type,
        row.api_zone,
        row.service_tier,
    )


def _identity(row: UsageRow) -> tuple[object, ...]:
    return (*_kind(row), row.day)


def _used(row: UsageRow) -> Json:
    day = None if row.day is None else row.day.isoformat()
    return [day, row.units, row.paid_units]


def _row(kind: Json, used: Json) -> UsageRow:
    category, model, metric, group, event_type, zone, tier = kind
    day, units, paid_units = used
    return UsageRow(
        category=category,
        model=model,
        billing_metric=metric,
        billing_group=group,
        event_type=event_type,
        api_zone=zone,
        service_tier=tier,
        day=None if day is None else _day(day),
        units=units,
        paid_units=paid_units,
    )


def _with_units(row: UsageRow, units: int, paid_units: int) -> UsageRow:
    # Not `replace`, which takes several times as long, for millions of these.
    return UsageRow(
        category=row.category,
        model=row.model,
        billing_metric=row.billing_metric,
        billing_group=row.billing_group,
        event_type=row.event_type,
        api_zone=row.api_zone,
        service_tier=row.service_tier,
        day=row.day,
        units=units,
        paid_units=paid_units,
    )


@lru_cache(maxsize=64)
def _day(text: str) -> date:
    return date.fromisoformat(text)
