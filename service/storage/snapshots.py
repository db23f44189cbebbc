"""What every check read, each as its differences to the one before it.

Whole at the first check of each UTC day, so at each turn of a month too: a day is what
has to be read to know any of its moments.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select

from service.domain.usage import UsageSnapshot
from service.storage.tables import SNAPSHOT
from service.storage.translate.snapshots import snapshot_from_text, text_of_snapshot

# Of more organizations than these, who is checked reads the day anew.
_HELD = 64
_AT_ONCE = 2000

_COLUMNS = SNAPSHOT.c
_OF = _COLUMNS.organization == bindparam("organization")
_LAST = (
    select(_COLUMNS.position, _COLUMNS.at)
    .where(_OF)
    .order_by(_COLUMNS.position.desc())
    .limit(1)
)
_WHOLE_SINCE = select(func.max(_COLUMNS.position)).where(
    _OF, _COLUMNS.is_whole, _COLUMNS.at <= bindparam("since")
)
_FIRST = select(func.min(_COLUMNS.position)).where(_OF, _COLUMNS.is_whole)
_SOME = (
    select(_COLUMNS.position, _COLUMNS.at, _COLUMNS.is_whole, _COLUMNS.document)
    .where(_OF, _COLUMNS.position >= bindparam("first"))
    .order_by(_COLUMNS.position)
    .limit(_AT_ONCE)
)
_OLD = delete(SNAPSHOT).where(
    _COLUMNS.organization == bindparam("of"), _COLUMNS.position < bindparam("first")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    position: int
    snapshot: UsageSnapshot


class Snapshots:
    """The snapshots last kept, by organization; shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def get(self, organization: str, position: int, at: datetime) -> _Held | None:
        """Give the last one where it is the one that stands in the database.

        Another process may have kept one since, and a transaction may have failed.
        """
        with self._lock:
            known = self._held.get(organization)
        if known is None or known.position != position:
            return None
        return known if known.snapshot.captured_at == at else None

    def keep(self, organization: str, held: _Held) -> None:
        """Hold the last one for the next check."""
        with self._lock:
            self._held[organization] = held
            self._held.move_to_end(organization)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)


def save(
    connection: Connection, held: Snapshots, snapshot: UsageSnapshot, kept: timedelta
) -> None:
    """Keep what a check read; once a day, what is older than `kept` goes."""
    name, at = snapshot.organization, snapshot.captured_at
    before = _last(connection, held, name)
    is_whole = before is None or before.captured_at.date() != at.date()
    row = {
        "organization": name,
        "at": at,
        "is_whole": is_whole,
        "document": text_of_snapshot(snapshot, None if is_whole else before),
    }
    inserted = connection.execute(insert(SNAPSHOT), row).inserted_primary_key
    if inserted is not None:
        held.keep(name, _Held(position=inserted[0], snapshot=snapshot))
    if is_whole:
        _forget(connection, name, at - kept)


def _last(
    connection: Connection, held: Snapshots, organization: str
) -> UsageSnapshot | None:
    last = connection.execute(_LAST, {"organization": organization}).one_or_none()
    if last is None:
        return None
    known = held.get(organization, last.position, last.at)
    if known is not None:
        return known.snapshot
    first = _first(connection, organization, last.at)
    snapshot = None
    # No more than a day's, and another batch where checks are very frequent.
    while rows := _rows(connection, organization, first):
        for row in rows:
            snapshot = _after(row, snapshot, organization)
        first = rows[-1].position + 1
    return snapshot


def _first(connection: Connection, organization: str, since: datetime) -> int:
    """Give the place of the last whole one up to a moment, or of the first of all."""
    given = {"organization": organization, "since": since}
    found = connection.execute(_WHOLE_SINCE, given).scalar()
    if found is None:
        found = connection.execute(_FIRST, given).scalar()
    return found or 0


def _forget(connection: Connection, organization: str, before: datetime) -> None:
    given = {"organization": organization, "since": before}
    first = connection.execute(_WHOLE_SINCE, given).scalar()
    if first is not None:
        connection.execute(_OLD, {"of": organization, "first": first})


def read(
    reading: Callable[[], AbstractContextManager[Connection]],
    organization: str,
    since: datetime,
) -> Iterator[UsageSnapshot]:
    """Give what checks read since a moment, oldest first, some thousands at a time.

    No connection is held while who reads works on what was given.
    """
    snapshot = None
    with reading() as connection:
        first = _first(connection, organization, since)
    while True:
        with reading() as connection:
            rows = _rows(connection, organization, first)
        if not rows:
            return
        for row in rows:
            snapshot = _after(row, snapshot, organization)
            if snapshot.captured_at >= since:
                yield snapshot
        first = rows[-1].position + 1


def _rows(connection: Connection, organization: str, first: int) -> Sequence[Row[Any]]:
    given = {"organization": organization, "first": first}
    rows: Sequence[Any] = connection.execute(_SOME, given).all()
    return rows


def _after(
    row: Row[Any], before: UsageSnapshot | None, organization: str
) -> UsageSnapshot:
    known = None if row.is_whole else before
    return snapshot_from_text(row.document, known, organization, row.at)
