"""Analytics reports as flat rows; what a report counts is passed on as it is."""

from collections.abc import Mapping
from datetime import UTC, datetime

from service.admin_api.exact import looks_numeric, number
from service.domain.analytics import Analytics, AnalyticsReport, Cell
from service.domain.errors import ProviderMalformed

Row = Mapping[str, Cell]

# Names, not amounts, even where one happens to be all digits.
_LABELS = frozenset({"day", "time_bucket", "model", "tool_name", "name", "email"})
_LABEL_ENDS = ("_id", "_at", "_name")
_LECHAT_SERIES = "data"


def analytics(
    answer: object, report: AnalyticsReport, *, start: datetime, end: datetime
) -> Analytics:
    """Read a report; its own window counts, the one asked for where it names none.

    Raises `ProviderMalformed` for a cell that is neither text nor a bounded number,
    and for an answer without any series.
    """
    if not isinstance(answer, dict):
        raise ProviderMalformed("the answer is no map")
    series = {
        name: tuple(_row(row, f"{name}[{index}]") for index, row in enumerate(listed))
        for name, listed in answer.items()
        if isinstance(listed, list)
    }
    if not series or (
        report.value.startswith("lechat/") and _LECHAT_SERIES not in series
    ):
        raise ProviderMalformed("the answer holds no series")
    return Analytics(
        report=report,
        start=_window(answer, "start_time", start),
        end=_window(answer, "end_time", end),
        series=series,
    )


def _window(answer: Mapping[str, object], key: str, asked: datetime) -> datetime:
    if answer.get(key) is None:
        return asked
    try:
        return datetime.fromtimestamp(int(number(answer[key])), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ProviderMalformed(f"{key} is no Unix time")


def _row(row: object, place: str) -> Row:
    if not isinstance(row, dict):
        raise ProviderMalformed(f"{place} is no row")
    # Nested values are additions nobody asked for: a row is flat.
    return {
        key: _cell(key, value, place)
        for key, value in row.items()
        if not isinstance(value, dict | list)
    }


def _cell(key: str, value: object, place: str) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and (_is_label(key) or not looks_numeric(value)):
        return value
    try:
        exact = number(value)
    except ValueError as error:
        problem = str(error)
    else:
        return int(exact) if exact == exact.to_integral_value() else exact
    raise ProviderMalformed(f"{place}.{key} {problem}")


def _is_label(key: str) -> bool:
    return key in _LABELS or key.endswith(_LABEL_ENDS)
