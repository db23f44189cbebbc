"""Faults by switch: what goes wrong, for whom, on which route, and how often."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.simulator.exchange import Incoming, Route


class FaultKind(StrEnum):
    """What can go wrong."""

    # Any route: the answer is another one.
    STATUS = "status"  # `status`, `retry_after`, `location`
    HTML = "html"  # 200 with a page instead of JSON
    # Any route: the answer is the right one, badly delivered.
    SLOW = "slow"  # `seconds` before the first byte
    DRIP = "drip"  # the body takes `seconds`
    CUT_OFF = "cut-off"  # `share` of the announced body, then the end
    # Any route: the answer says something else.
    MISSING_FIELD = "missing-field"  # `field`
    NULL_FIELD = "null-field"  # `field`
    JUNK_FIELD = "junk-field"  # `field` becomes `value`
    NAN_FIELD = "nan-field"  # `field` becomes the bare word NaN
    CURRENCY = "currency"  # `currency` in the body, amounts untouched
    RESTATED = "restated"  # spend is lower by `share`
    PRICES_REMOVED = "prices-removed"  # of `metric`, or all
    NEW_CATEGORY = "new-category"  # usage under names nobody knows
    WRONG_PERIOD = "wrong-period"  # the month before is answered
    EMPTY_USAGE = "empty-usage"  # no rows, no prices, a total of zero
    OVERSIZED = "oversized"  # padded to `size` bytes
    # Setting the limit.
    NO_ANSWER = "no-answer"  # nothing for `seconds`; applied unless `applied` is false
    IGNORED = "ignored"  # says yes and does nothing
    OVERTAKEN = "overtaken"  # right after, `email` sets `amount` in the console
    ERROR_AFTER = "error-after"  # applied, then `status`
    LATE = "late"  # says yes, in force `seconds` of virtual time later


SETTING = frozenset(
    {
        FaultKind.NO_ANSWER,
        FaultKind.IGNORED,
        FaultKind.OVERTAKEN,
        FaultKind.ERROR_AFTER,
        FaultKind.LATE,
    }
)
REFUSING = frozenset({FaultKind.STATUS, FaultKind.HTML})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One switch. None means any; `count` None lasts until it is cleared.

    `where` narrows to requests with these query parameters ("" = absent).
    `field` is a dotted path, `*` for every entry: `limits.completion.total_usage`,
    `prices.*.price`, `completion.models.*.*.*.value_paid`.
    """

    kind: FaultKind
    organization: str | None = None
    route: Route | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    count: int | None = 1
    skip: int = 0  # let so many requests through first
    status: int = 500
    retry_after: str | None = None
    location: str | None = None
    seconds: float = 30.0
    share: float = 0.5
    field: str = ""
    value: bool | float | str | None = None
    currency: str = "JPY"
    metric: str | None = None
    size: int = 33 * 1024 * 1024
    amount: int = 1
    email: str = "someone@acme.example"
    applied: bool = True

    def concerns(self, organization: str, route: Route, request: Incoming) -> bool:
        """Say whether the request is one that goes wrong."""
        if self.organization not in {None, organization}:
            return False
        if self.kind in SETTING and route is not Route.SET_SPEND_LIMIT:
            return False
        if self.route not in {None, route}:
            return False
        return all(
            (request.one(name) or "") == value for name, value in self.where.items()
        )


@dataclass(slots=True, kw_only=True)
class _Armed:
    """A fault with what is left of its counts."""

    fault: Fault
    left: int | None
    skip: int

    def fires(self) -> bool:
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class FaultPlan:
    """The faults that are switched on, in the order they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._armed: dict[int, _Armed] = {}

    def add(self, fault: Fault) -> int:
        """Switch a fault on and return its number."""
        with self._lock:
            number = next(self._numbers)
            self._armed[number] = _Armed(fault=fault, left=fault.count, skip=fault.skip)
            return number

    def clear(self, number: int | None = None) -> None:
        """Switch one fault off, or all of them; an unknown number is fine."""
        with self._lock:
            if number is None:
                self._armed.clear()
            else:
                self._armed.pop(number, None)

    def active(self) -> dict[int, Fault]:
        with self._lock:
            return {number: armed.fault for number, armed in self._armed.items()}

    def take(self, organization: str, route: Route, request: Incoming) -> list[Fault]:
        """Return the faults of this request and count them down.

        The first refusal stands alone; all others add up.
        """
        with self._lock:
            if not self._armed:
                return []
            concerned = [
                armed
                for armed in self._armed.values()
                if armed.fault.concerns(organization, route, request)
            ]
            refusals = [one for one in concerned if one.fault.kind in REFUSING]
            taken = []
            for armed in refusals:
                if armed.fires():
                    taken = [armed.fault]
                    break
            if not taken:
                others = (one for one in concerned if one not in refusals)
                taken = [armed.fault for armed in others if armed.fires()]
            self._forget_spent()
            return taken

    def _forget_spent(self) -> None:
        for number in [n for n, armed in self._armed.items() if armed.left == 0]:
            del self._armed[number]
