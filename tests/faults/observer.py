"""Looks at the provider before, and at everything after each thing the product does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.alert import Alert
from service.domain.audit import AuditEntry
from service.domain.check import Check
from service.domain.limit_change import ChangeState, LimitChange
from service.pipeline.respond_status import statuses
from service.ports import AlertFilter, ApprovalFilter, PageRequest
from service.simulator.exchange import Route
from service.simulator.limit import Limit
from tests.faults.plans import ORGANIZATION, Plan
from tests.faults.provider import WORKSPACES
from tests.faults.wire import Call
from tests.faults.witness import Post, Seen, asked_of
from tests.faults.world import World

_MOST = 1000
_NEWEST = 40


@dataclass(frozen=True)
class _Before:
    at: datetime
    is_off_calendar: bool
    plan: Plan
    ceiling: int | None
    spent: dict[str, Decimal]
    units: dict[str, int]
    total: Decimal
    limit: Limit
    calls: int


class Observer:
    """Makes one `Seen` of each check or act of a person."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries = 0
        uuid = world.simulator.workspace_uuid
        self._workspaces = {name: uuid(ORGANIZATION, name) for name in WORKSPACES}
        self._before: _Before | None = None

    def begin(self) -> None:
        """Look at what is true before the product does something."""
        world, at = self._world, self._world.clock.now()
        truth, policies = world.truth, world.plan.policies
        self._before = _Before(
            at=at,
            is_off_calendar=self._is_off_calendar(),
            plan=world.plan,
            ceiling=world.ceiling,
            spent={each.id: truth.spent(each, at) for each in policies},
            units={each.id: truth.units(each, at, "api_tokens") for each in policies},
            total=truth.month(at),
            limit=truth.limit(),
            calls=len(world.wire.calls),
        )

    def end(self, check: Check | None) -> Seen:
        """Look at what came of it; only what a check did is automatic."""
        before, world = self._before, self._world
        assert before is not None
        truth, at = world.truth, before.at
        calls = tuple(world.wire.calls[before.calls :])
        last_month = at.replace(day=1) - timedelta(days=1)
        return Seen(
            at=at,
            is_off_calendar=before.is_off_calendar or self._is_off_calendar(),
            plan=before.plan,
            ceiling=before.ceiling,
            spent=before.spent,
            units=before.units,
            total=before.total,
            total_after=truth.month(world.clock.now()),
            last_month=truth.month(last_month),
            storage=truth.storage(at),
            has_unlisted=truth.has_unlisted(at),
            is_rolled=world.is_rolled(),
            limit=before.limit,
            limit_after=truth.limit(),
            workspaces=self._workspaces,
            calls=calls,
            posts=tuple(
                self._post(call, check)
                for call in calls
                if call.route is Route.SET_SPEND_LIMIT
            ),
            check=check,
            status=statuses(world.services)[0],
            alerts=self._alerts(),
            entries=self._new_entries(),
            notifications=world.services.queries.notifications(
                None, PageRequest(limit=_NEWEST)
            ).items,
            moves=world.simulator.limit_history,
            approvals=world.services.queries.approvals(
                ApprovalFilter(), PageRequest(limit=_NEWEST)
            ).items,
        )

    def _is_off_calendar(self) -> bool:
        ours, theirs = self._world.clock.now(), self._world.simulator.clock.now()
        return (ours.year, ours.month) != (theirs.year, theirs.month)

    def _post(self, call: Call, check: Check | None) -> Post:
        amount, is_unlimited = asked_of(call)
        return Post(
            call=call,
            at=call.at + self._world.clock.skew,
            amount=amount,
            is_unlimited=is_unlimited,
            is_automatic=check is not None,
            change=self._change(amount, is_unlimited=is_unlimited),
            plan=self._world.plan,
            ceiling=self._world.ceiling,
        )

    def _change(self, amount: int, *, is_unlimited: bool) -> LimitChange | None:
        """Find the record of a write: the newest that asked for the same."""
        page = PageRequest(limit=_NEWEST)
        for change in self._world.services.queries.limit_changes(None, page).items:
            is_sent = change.requested_at and change.state is not ChangeState.SKIPPED
            if not is_sent or change.after is None:
                continue
            wanted = change.after.amount
            is_same = (
                wanted is None if is_unlimited else wanted and wanted.amount == amount
            )
            if is_same:
                return change
        return None

    def _alerts(self) -> tuple[Alert, ...]:
        queries = self._world.services.queries
        mine = AlertFilter(organization=ORGANIZATION)
        page = queries.alerts(mine, PageRequest(limit=_MOST))
        assert page.next_cursor is None
        return page.items

    def _new_entries(self) -> tuple[AuditEntry, ...]:
        queries = self._world.services.queries
        found = tuple(queries.audit_entries(ORGANIZATION, self._entries))
        self._entries += len(found)
        return found
