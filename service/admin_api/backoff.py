"""How long to wait before a read is tried again."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from service.domain.errors import ProviderError, ProviderUnavailable

_FIRST = timedelta(milliseconds=500)
_LONGEST = timedelta(seconds=8)
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_TOO_MANY = 429


def is_worth_retrying(error: ProviderError) -> bool:
    """Say whether the same read may go better: after no answer, a 5xx or a 429."""
    return isinstance(error, ProviderUnavailable) or error.status == _TOO_MANY


def backoff(attempt: int, jitter: float) -> timedelta:
    """Give the wait after attempt 1, 2, …: doubling, with up to half of it random.

    `jitter` is a random number from 0 up to 1, so that many clients do not come
    back at once.
    """
    whole = min(_FIRST * (1 << (attempt - 1)), _LONGEST)
    return whole * (0.5 + jitter / 2)


def retry_after(header: str | None, *, date: str | None, now: datetime) -> timedelta:
    """Read a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3).

    A date is held against the answer's own `Date`, and against `now` only without
    one: the provider's clock need not be ours. Zero if there is nothing to read.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    moment = moment_of(text)
    if moment is None:
        return timedelta(0)
    return max(moment - (moment_of(date) or now), timedelta(0))


def moment_of(text: str | None) -> datetime | None:
    """Read an HTTP date; None where there is none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
