"""Months before the present one: where their reading stands, and what they cost."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection, and_, bindparam, select, update

from service.domain.check import UsageMonth
from service.domain.history import History
from service.domain.past_read import PastRead, past_months
from service.domain.period import BillingPeriod, month_of
from service.storage.statements import insert_if_new
from service.storage.tables import PAST_READ, USAGE_MONTH
from service.storage.translate.checks import usage_month_from_row
from service.storage.translate.past import past_read_from_row, row_from_past_read

# A year of one organization is about a megabyte; of more organizations than these, who
# is checked reads it anew.
_HELD = 64

_READ = PAST_READ.c
_MONTH = USAGE_MONTH.c
_PLACE = ("organization", "period", "workspace")
_READS = (
    select(PAST_READ)
    .where(_READ.organization == bindparam("organization"))
    .order_by(_READ.period.desc(), _READ.workspace)
)
# As a status tells of them: of the last year, and of no workspace by itself.
_WHOLE_READS = (
    select(PAST_READ)
    .where(_READ.workspace == "", _READ.period >= bindparam("oldest"))
    .order_by(_READ.period.desc())
)
_USAGE = select(USAGE_MONTH).where(
    *(USAGE_MONTH.c[name] == bindparam(name) for name in _PLACE)
)
# What tells whether anything has changed: narrow, and read at every check.
_MARKS = (
    select(
        _MONTH.period,
        _MONTH.workspace,
        _MONTH.digest,
        _MONTH.captured_at,
        _READ.read_at,
    )
    .select_from(USAGE_MONTH)
    .outerjoin(
        PAST_READ, and_(*(USAGE_MONTH.c[name] == PAST_READ.c[name] for name in _PLACE))
    )
    .where(
        _MONTH.organization == bindparam("organization"),
        _MONTH.period >= bindparam("oldest"),
        _MONTH.period <= bindparam("newest"),
    )
    .order_by(_MONTH.period, _MONTH.workspace)
)
_MONTHS = select(USAGE_MONTH).where(
    _MONTH.organization == bindparam("organization"),
    _MONTH.period >= bindparam("oldest"),
    _MONTH.period <= bindparam("newest"),
)

# Month, workspace, digest, and until when it is known.
_Mark: TypeAlias = tuple[str, str, str, datetime]


class Histories:
    """The histories last given, by organization; shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, tuple[object, History]] = OrderedDict()

    def get(self, organization: str, key: object) -> History | None:
        """Give the history of an organization if nothing has changed since."""
        with self._lock:
            known = self._held.get(organization)
            if known is None or known[0] != key:
                return None
            self._held.move_to_end(organization)
            return known[1]

    def keep(self, organization: str, key: object, history: History) -> None:
        """Hold a history for the next check."""
        with self._lock:
            self._held[organization] = (key, history)
            self._held.move_to_end(organization)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)


def reads_of(connection: Connection, organization: str) -> tuple[PastRead, ...]:
    rows = connection.execute(_READS, {"organization": organization})
    return tuple(map(past_read_from_row, rows))


def whole_reads(connection: Connection, now: datetime) -> dict[str, list[PastRead]]:
    """Give where the readings of whole organizations stand, by their names."""
    reads: dict[str, list[PastRead]] = {}
    given = {"oldest": past_months(month_of(now))[-1].key}
    for row in connection.execute(_WHOLE_READS, given):
        read = past_read_from_row(row)
        reads.setdefault(read.organization, []).append(read)
    return reads


def save_read(connection: Connection, read: PastRead, before: PastRead | None) -> bool:
    """Keep a reading if it stands as it was seen; say whether it did."""
    row = row_from_past_read(read)
    if before is None:
        statement = insert_if_new(PAST_READ, connection.dialect.name, *_PLACE)
        # Without that, PostgreSQL's driver does not tell of an insert.
        kept = statement.execution_options(preserve_rowcount=True)
        return connection.execute(kept, row).rowcount == 1
    wanted = update(PAST_READ).where(
        *(PAST_READ.c[name] == row[name] for name in _PLACE),
        _READ.read_at.is_not_distinct_from(before.read_at),
        _READ.failed_at.is_not_distinct_from(before.failed_at),
    )
    return connection.execute(wanted.values(**row)).rowcount == 1


def usage(
    connection: Connection, organization: str, period: str, workspace: str
) -> UsageMonth | None:
    given = {"organization": organization, "period": period, "workspace": workspace}
    row = connection.execute(_USAGE, given).one_or_none()
    return usage_month_from_row(row) if row else None


def history(
    connection: Connection,
    held: Histories,
    organization: str,
    currency: str,
    before: BillingPeriod,
) -> History:
    """Give the months before one; the same object while nothing has changed."""
    wanted = past_months(before)
    given = {
        "organization": organization,
        "oldest": wanted[-1].key,
        "newest": wanted[0].key,
    }
    ends = {month.key: month.end for month in wanted}
    found = connection.execute(_MARKS, given)
    marks = [_mark(*row, end=ends[row.period]) for row in found]
    key = (currency, before, tuple(marks))
    known = held.get(organization, key)
    if known is None:
        until = {(period, workspace): at for period, workspace, _, at in marks}
        months = map(usage_month_from_row, connection.execute(_MONTHS, given))
        known = History(
            (
                replace(each, captured_at=until[each.period, each.workspace])
                for each in months
            ),
            currency,
            before,
        )
        held.keep(organization, key, known)
    return known


def _mark(  # noqa: PLR0913 - one argument per column
    period: str,
    workspace: str,
    digest: str,
    captured_at: datetime,
    read_at: datetime | None,
    *,
    end: datetime,
) -> _Mark:
    known_at = max(captured_at, read_at or captured_at)
    # When a month that was over was read makes no difference.
    return period, workspace, digest, min(known_at, end)
