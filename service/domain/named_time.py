"""Times as the tests of policies name them: `2026-08-20 14:00`, `+6h`, `day 20`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from service.domain.period import month_of
from service.domain.quantity import as_written, parse_duration

_CLOCK = r"(?:[ T]([01][0-9]|2[0-3]):([0-5][0-9]))?"
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})" + _CLOCK)
_DAY = re.compile(r"day ([1-9]|[12][0-9]|3[01])" + _CLOCK)
_LATER = re.compile(r"\+((?: ?[0-9.]+[smhd])+)")
_WAIT = re.compile(r"[0-9.]+[smhd]")
# What a text must look like, for an editor; what it means is checked here.
TIME_PATTERN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2})?"
    r"|day [0-9]{1,2}( [0-9]{2}:[0-9]{2})?"
    r"|\+( ?[0-9.]+[smhd])+"
)
_EXAMPLES = "2026-08-20 14:00, day 20 14:00 or +6h"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTime:
    """A time as written: a moment in UTC, a day of the month, or a wait.

    Exactly one of `at`, `day` (with `clock`, since its midnight) and `later` is there.
    """

    text: str
    at: datetime | None = None
    day: int | None = None
    clock: timedelta = timedelta(0)
    later: timedelta = timedelta(0)

    def of(self, start: datetime) -> datetime:
        """Give the moment, for a test that starts then; days are of its month."""
        if self.at is not None:
            return self.at
        if self.day is not None:
            return month_of(start).start + timedelta(days=self.day - 1) + self.clock
        return start + self.later

    @override
    def __str__(self) -> str:
        return self.text


def parse_time(value: object) -> NamedTime:
    """Read a time in UTC; raise `ValueError`, for people, for anything else."""
    if isinstance(value, NamedTime):
        return value
    text = value if isinstance(value, str) else ""
    if date := _DATE.fullmatch(text):
        return NamedTime(text=text, at=_moment(date))
    if day := _DAY.fullmatch(text):
        return NamedTime(text=text, day=int(day[1]), clock=_since_midnight(day))
    if _LATER.fullmatch(text):
        waits = (parse_duration(each) for each in _WAIT.findall(text))
        return NamedTime(text=text, later=sum(waits, timedelta(0)))
    raise ValueError(f"expected a time like {_EXAMPLES}, not {as_written(value)}")


def _moment(found: re.Match[str]) -> datetime:
    try:
        midnight = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"no such day: {found[1]}") from None
    return midnight + _since_midnight(found)


def _since_midnight(found: re.Match[str]) -> timedelta:
    return timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
