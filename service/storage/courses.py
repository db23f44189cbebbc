"""What checks saw of the spend over the last weeks, by scope."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, bindparam, delete, select

from service.domain.course import KEPT, Course, SpendSample, slot_of
from service.domain.guard import Organization
from service.storage.statements import upsert_all
from service.storage.tables import SPEND_SAMPLE

# A scope's eight weeks are about a hundred kilobytes; of more organizations than these,
# who is checked reads them anew.
_HELD = 64

_SAMPLE = SPEND_SAMPLE.c
_SAMPLES = (
    select(_SAMPLE.slot, _SAMPLE.scope, _SAMPLE.at, _SAMPLE.month, _SAMPLE.amount)
    .where(
        _SAMPLE.organization == bindparam("organization"),
        _SAMPLE.slot >= bindparam("since"),
        _SAMPLE.currency == bindparam("currency"),
        _SAMPLE.scope.in_(bindparam("scopes", expanding=True)),
    )
    .order_by(_SAMPLE.slot)
)
_OLD = delete(SPEND_SAMPLE).where(
    _SAMPLE.organization == bindparam("of"), _SAMPLE.slot < bindparam("before")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Courses up to the quarter of an hour that `until` begins: all that is final."""

    currency: str
    until: datetime
    courses: Mapping[str, Course]


class Courses:
    """The courses last given, by organization; shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def get(
        self, organization: str, currency: str, scopes: Collection[str], slot: datetime
    ) -> _Held | None:
        """Give what is known already, where it goes no further than a moment."""
        with self._lock:
            known = self._held.get(organization)
            if (
                known is None
                or known.currency != currency
                or known.courses.keys() != set(scopes)
                or known.until > slot
            ):
                return None
            return known

    def keep(self, organization: str, held: _Held) -> None:
        """Hold them for the next check."""
        with self._lock:
            self._held[organization] = held
            self._held.move_to_end(organization)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)


def courses(
    connection: Connection,
    held: Courses,
    of: Organization,
    scopes: Collection[str],
    now: datetime,
) -> Mapping[str, Course]:
    """Give the course of each scope; only what is new is read."""
    organization, currency, slot = of.name, of.currency, slot_of(now)
    known = held.get(organization, currency, scopes, slot) or _Held(
        currency=currency, until=slot - KEPT, courses={key: Course() for key in scopes}
    )
    given = {
        "organization": organization,
        "since": known.until,
        "currency": currency,
        "scopes": sorted(scopes),
    }
    closed: dict[str, list[SpendSample]] = {}
    open_: dict[str, list[SpendSample]] = {}
    for row in connection.execute(_SAMPLES, given):
        of_slot = closed if row.slot < slot else open_
        of_slot.setdefault(row.scope, []).append(
            SpendSample(
                scope=row.scope,
                at=row.at,
                month=row.month,
                currency=currency,
                amount=row.amount,
            )
        )
    final = _with(known.courses, closed)
    held.keep(organization, _Held(currency=currency, until=slot, courses=final))
    return _with(final, open_)


def _with(
    known: Mapping[str, Course], more: Mapping[str, list[SpendSample]]
) -> Mapping[str, Course]:
    return {
        scope: course.with_samples(more[scope]) if scope in more else course
        for scope, course in known.items()
    }


def save(
    connection: Connection, organization: str, samples: Iterable[SpendSample]
) -> None:
    """Keep the last sample of each quarter of an hour; what is too old goes."""
    seen = tuple(samples)
    rows = [
        {
            "organization": organization,
            "slot": slot_of(sample.at),
            "scope": sample.scope,
            "at": sample.at,
            "month": sample.month,
            "currency": sample.currency,
            "amount": sample.amount,
        }
        for sample in seen
    ]
    if not rows:
        return
    connection.execute(upsert_all(SPEND_SAMPLE, connection.dialect.name), rows)
    oldest = min(sample.at for sample in seen) - KEPT
    connection.execute(_OLD, {"of": organization, "before": oldest})
