"""Spoils a good answer the way a fault says."""

import json
import math
from collections.abc import Callable
from dataclasses import replace

from service.simulator.exchange import JsonValue, Outgoing, Pacing
from service.simulator.faults import Fault, FaultKind
from service.simulator.refusals import refuse

Spoil = Callable[[JsonValue, Fault], None]
_HTML = b"<!doctype html><html><body><h1>Sign in</h1></body></html>"


def spoil(answer: Outgoing, faults: list[Fault]) -> Outgoing:
    """Return `answer` with every fault applied, contents first, delivery last."""
    for fault in faults:
        if (edit := _EDITS.get(fault.kind)) is not None:
            answer = _edited(answer, fault, edit)
    for fault in faults:
        answer = _delivered(answer, fault)
    return answer


def refusal(fault: Fault) -> Outgoing:
    """Return the answer of a refusing fault."""
    if fault.kind is FaultKind.HTML:
        return Outgoing(body=_HTML, content_type="text/html")
    headers = {}
    if fault.retry_after is not None:
        headers["Retry-After"] = fault.retry_after
    if fault.location is not None:
        headers["Location"] = fault.location
    return refuse(fault.status, headers)


def _delivered(answer: Outgoing, fault: Fault) -> Outgoing:
    pacing = answer.pacing or Pacing()
    match fault.kind:
        case FaultKind.SLOW:
            pacing = replace(pacing, wait_seconds=fault.seconds)
        case FaultKind.DRIP:
            pacing = replace(pacing, drip_seconds=fault.seconds)
        case FaultKind.CUT_OFF:
            pacing = replace(pacing, sent_share=fault.share)
        case FaultKind.OVERSIZED:
            padding = b" " * max(0, fault.size - len(answer.body))
            return replace(answer, body=answer.body + padding)
        case _:
            return answer
    return replace(answer, pacing=pacing)


def _edited(answer: Outgoing, fault: Fault, edit: Spoil) -> Outgoing:
    value: JsonValue = json.loads(answer.body)
    edit(value, fault)
    return replace(answer, body=json.dumps(value).encode())


def _missing(value: JsonValue, fault: Fault) -> None:
    for holder, key in _places(value, fault.field):
        del holder[key]


def _null(value: JsonValue, fault: Fault) -> None:
    _put(value, fault.field, None)


def _junk(value: JsonValue, fault: Fault) -> None:
    _put(value, fault.field, fault.value)


def _nan(value: JsonValue, fault: Fault) -> None:
    _put(value, fault.field, math.nan)


def _currency(value: JsonValue, fault: Fault) -> None:
    for path in ("currency", "limits.currency", "items.*.spend_limit.currency"):
        _put(value, path, fault.currency)


def _restated(value: JsonValue, fault: Fault) -> None:
    keep = 1.0 - fault.share
    for name in ("usage", "vibe_usage", "total_usage"):
        for holder, key in _places(value, f"limits.completion.{name}"):
            holder[key] = round(_number(holder[key]) * keep, 2)
    for row in _rows(value):
        for name in ("value", "value_paid"):
            row[name] = int(_number(row[name]) * keep)


def _prices_removed(value: JsonValue, fault: Fault) -> None:
    if isinstance(value, dict) and isinstance(prices := value.get("prices"), list):
        value["prices"] = [
            price
            for price in prices
            if fault.metric is not None
            and isinstance(price, dict)
            and price["billing_metric"] != fault.metric
        ]


def _new_category(value: JsonValue, _fault: Fault) -> None:
    row: dict[str, JsonValue] = {
        "usage_type": "usage",
        "event_type": "api_video_seconds",
        "billing_metric": "kino-1",
        "billing_display_name": "kino-latest",
        "billing_group": "input",
        "timestamp": None,
        "value": 900,
        "value_paid": 900,
    }
    unknown: JsonValue = {"models": {"kino-latest::kino-1": {"input": [row]}}}
    if isinstance(value, dict) and "completion" in value:
        value["video"] = unknown
        if isinstance(vibe := value.get("vibe_code"), dict):
            vibe["video"] = unknown


def _empty(value: JsonValue, _fault: Fault) -> None:
    for path in ("*.models", "*.*.models", "fine_tuning.training"):
        _put(value, path, {})
    _put(value, "prices", [])
    for name in ("usage", "vibe_usage", "total_usage"):
        _put(value, f"limits.completion.{name}", 0)
    _put(value, "limits.completion.monthly_limit_reached", new=False)


_EDITS: dict[FaultKind, Spoil] = {
    FaultKind.MISSING_FIELD: _missing,
    FaultKind.NULL_FIELD: _null,
    FaultKind.JUNK_FIELD: _junk,
    FaultKind.NAN_FIELD: _nan,
    FaultKind.CURRENCY: _currency,
    FaultKind.RESTATED: _restated,
    FaultKind.PRICES_REMOVED: _prices_removed,
    FaultKind.NEW_CATEGORY: _new_category,
    FaultKind.EMPTY_USAGE: _empty,
}


class _Holder:
    """An object or array under one way to read, write and delete an entry."""

    def __init__(self, inner: dict[str, JsonValue] | list[JsonValue]) -> None:
        self._inner = inner

    def __getitem__(self, key: str) -> JsonValue:
        if isinstance(self._inner, dict):
            return self._inner[key]
        return self._inner[int(key)]

    def __setitem__(self, key: str, value: JsonValue) -> None:
        if isinstance(self._inner, dict):
            self._inner[key] = value
        else:
            self._inner[int(key)] = value

    def __delitem__(self, key: str) -> None:
        if isinstance(self._inner, dict):
            del self._inner[key]
        else:
            del self._inner[int(key)]


def _put(value: JsonValue, path: str, new: JsonValue) -> None:
    for holder, key in _places(value, path):
        holder[key] = new


def _places(value: JsonValue, path: str) -> list[tuple[_Holder, str]]:
    """Return every (holder, key) that `path` names and that exists."""
    head, _, rest = path.partition(".")
    found: list[tuple[_Holder, str]] = []
    # Backwards, so that deleting from an array does not move what comes next.
    for key, inner in reversed(_entries(value)):
        if head not in {"*", key}:
            continue
        if rest:
            found.extend(_places(inner, rest))
        elif isinstance(value, dict | list):
            found.append((_Holder(value), key))
    return found


def _entries(value: JsonValue) -> list[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(str(place), inner) for place, inner in enumerate(value)]
    return []


def _row_lists(value: JsonValue) -> list[tuple[_Holder, str]]:
    """Return where lists of usage rows sit, at any depth."""
    found: list[tuple[_Holder, str]] = []
    for key, inner in _entries(value):
        if key == "prices":
            continue
        if isinstance(inner, list) and isinstance(value, dict):
            found.append((_Holder(value), key))
        else:
            found.extend(_row_lists(inner))
    return found


def _rows(value: JsonValue) -> list[dict[str, JsonValue]]:
    rows: list[dict[str, JsonValue]] = []
    for holder, key in _row_lists(value):
        listed = holder[key]
        if isinstance(listed, list):
            rows.extend(
                row for row in listed if isinstance(row, dict) and "value_paid" in row
            )
    return rows


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
