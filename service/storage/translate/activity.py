"""The activity that a check read, as its differences to the check before.

By the key of each figure: `c` the counts that are new or other, `d` whose are gone, `l`
why some are lacking, `f` a failure of all; null where it was not read any more.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from service.domain.activity import ActivityKey, Metric, Per, most_first
from service.domain.period import PeriodKind
from service.domain.usage import Activity, Failure

Json: TypeAlias = Any  # as `json` gives it
Activities: TypeAlias = Mapping[ActivityKey, Activity | Failure]


def activity_changes(now: Activities, before: Activities) -> dict[str, Json]:
    changes: dict[str, Json] = {_text(key): None for key in before if key not in now}
    for key, found in now.items():
        known = before.get(key)
        if found != known:
            changes[_text(key)] = _written(found, known)
    return changes


def activity_followed(before: Activities, changes: Mapping[str, Json]) -> Activities:
    found = dict(before)
    for text, change in changes.items():
        key = _key(text)
        if change is None:
            found.pop(key, None)
        else:
            found[key] = _read(change, found.get(key))
    return found


def _text(key: ActivityKey) -> str:
    whole = f"{key.metric}|{key.per}|{key.window}"
    return whole if key.workspace is None else f"{whole}|{key.workspace}"


def _key(text: str) -> ActivityKey:
    # No other part has a bar, but the name of a workspace may.
    metric, per, window, *workspace = text.split("|", 3)
    return ActivityKey(
        metric=Metric(metric),
        per=Per(per),
        window=PeriodKind(window),
        workspace=workspace[0] if workspace else None,
    )


def _counts(found: Activity | Failure | None) -> dict[str, Decimal]:
    if not isinstance(found, Activity):
        return {}
    return {each.name: each.amount for each in found.counts}


def _written(found: Activity | Failure, known: Activity | Failure | None) -> Json:
    if isinstance(found, Failure):
        return {"f": _failure(found)}
    now, before = _counts(found), _counts(known)
    changed = {
        name: str(amount) for name, amount in now.items() if before.get(name) != amount
    }
    gone = [name for name in before if name not in now]
    lacking = {} if found.lacking is None else {"l": _failure(found.lacking)}
    return {"c": changed} | ({"d": gone} if gone else {}) | lacking


def _read(change: Json, known: Activity | Failure | None) -> Activity | Failure:
    if "f" in change:
        return _failure_from(change["f"])
    counts = _counts(known) | {
        name: Decimal(amount) for name, amount in change["c"].items()
    }
    for name in change.get("d", ()):
        del counts[name]
    lacking = change.get("l")
    return Activity(
        counts=most_first(counts),
        lacking=None if lacking is None else _failure_from(lacking),
    )


def _failure(failure: Failure) -> Json:
    return [failure.reason, failure.detail, failure.is_drift]


def _failure_from(written: Json) -> Failure:
    reason, detail, is_drift = written
    return Failure(reason=reason, detail=detail, is_drift=is_drift)
