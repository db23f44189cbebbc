"""How often an address may fail to authenticate, and how often that is recorded."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

WINDOW = timedelta(minutes=1)
FAILURES_ALLOWED = 20
# Addresses are an outsider's to choose, memory is not: the oldest is forgotten.
ADDRESSES_KEPT = 10_000


@dataclass(slots=True)
class _Record:
    failures: deque[datetime] = field(default_factory=deque)
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What a failed attempt leads to: a refusal for now, an audit entry."""

    is_too_often: bool
    is_to_be_recorded: bool


def network_of(address: str) -> str:
    """Give what counts as one address: an IPv4 address, or an IPv6 /64 network.

    One subscriber commonly holds a whole /64, and could change addresses for ever.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"


class Throttle:
    """Counts failed attempts per address, in memory; shared by all threads."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._guard = threading.Lock()

    def failed(self, address: str, now: datetime) -> Failed:
        """Count a failed attempt of an address (as `network_of` gives it)."""
        with self._guard:
            record = self._records.setdefault(address, _Record())
            self._records.move_to_end(address)
            if len(self._records) > ADDRESSES_KEPT:
                self._records.popitem(last=False)
            return _count(record, now)


def _count(record: _Record, now: datetime) -> Failed:
    while record.failures and now - record.failures[0] >= WINDOW:
        record.failures.popleft()
    is_too_often = len(record.failures) >= FAILURES_ALLOWED
    if not is_too_often:
        record.failures.append(now)
    last = record.recorded_at
    is_to_be_recorded = last is None or now - last >= WINDOW
    if is_to_be_recorded:
        record.recorded_at = now
    return Failed(is_too_often=is_too_often, is_to_be_recorded=is_to_be_recorded)
