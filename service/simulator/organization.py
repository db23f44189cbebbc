"""One organization: its meter, its limit and what it shows of both."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.simulator.catalogue import Catalogue
from service.simulator.configuration import (
    OrganizationConfig,
    Shape,
    SimulatorConfig,
    Stream,
    Workspace,
    stable_uuid,
)
from service.simulator.ledger import MonthLedger, Spend
from service.simulator.limit import Actor, Limit, LimitBook
from service.simulator.meter import Meter, Room
from service.simulator.usage_body import UsageBodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What GET /spend-limit tells."""

    spend: Spend
    total: Decimal
    limit: Limit
    is_reached: bool


class Organization:
    """State of one organization; the simulator holds the lock around it."""

    def __init__(self, config: OrganizationConfig, world: SimulatorConfig) -> None:
        self.config = config
        self.shape = config.shape
        self.currency = config.currency
        self.uuid = stable_uuid("organization", config.name)
        self.catalogue: Catalogue = world.catalogue
        self.workspaces = list(config.workspaces)
        self.bodies = UsageBodies(world.catalogue, config.price_style)
        self.book = LimitBook(
            config.name,
            Limit(amount=config.limit, unlimited=config.unlimited),
            lag=config.reached_lag,
        )
        self.meter = Meter(
            config.name,
            _sold(config, world.catalogue),
            world.catalogue,
            seed=world.seed,
            step=world.step,
        )
        self._step = world.step
        self._first_month = _month_number(world.start)
        self._history_months = world.history_months
        self._metered_until = _floor(world.start, world.step)
        if world.history_months:
            self._metered_until = _month_start(world.start)
            self.catch_up(world.start)

    @property
    def name(self) -> str:
        return self.config.name

    def catch_up(self, now: datetime) -> None:
        """Consume every whole step that is over by `now`."""
        while self._metered_until + self._step <= now:
            at = self._metered_until
            self._settle(at)
            self.meter.run_step(at, self._room)
            self._metered_until = at + self._step
        self._settle(now)

    def standing(self, now: datetime) -> Standing:
        """Return what is counted against the limit, as the provider shows it."""
        shown = now
        if now - _month_start(now) < self.config.rollover_delay:
            shown = _month_start(now) - timedelta(microseconds=1)
        ledger = self.ledger(shown.year, shown.month)
        total = ledger.spend.total + self._storage(shown)
        limit = self.book.limit
        over = not limit.unlimited and total >= limit.amount
        lingers = not limit.unlimited and self.book.flag_lingers(now)
        return Standing(
            spend=ledger.spend,
            total=total,
            limit=limit,
            is_reached=over or lingers,
        )

    def ledger(self, year: int, month: int) -> MonthLedger:
        """Return a month, filled from the curves if it lies in the kept past."""
        age = self._first_month - (year * 12 + month - 1)
        is_past = 0 < age <= self._history_months
        if is_past and not self.meter.is_kept(year, month):
            self.meter.fill_history(year, month)
        return self.meter.month(year, month)

    def move_limit(self, limit: Limit, actor: Actor, now: datetime) -> None:
        """Put `limit` in force now, whatever was spent already."""
        self.book.move(limit, actor, now, spent_out=self._is_spent_out(now))

    def move_limit_later(self, limit: Limit, actor: Actor, due_at: datetime) -> None:
        self.book.move_later(limit, actor, due_at)

    def restate(self, share: Decimal, now: datetime) -> None:
        """Take back `share` of the running month's usage."""
        self.ledger(now.year, now.month).restate(share)

    def workspace_uuid(self, name: str) -> str:
        return stable_uuid("workspace", self.name, name)

    def workspace_by_uuid(self, uuid: str) -> Workspace | None:
        for workspace in self.workspaces:
            if self.workspace_uuid(workspace.name) == uuid:
                return workspace
        return None

    def _room(self, at: datetime, ledger: MonthLedger) -> Room:
        limit = self.book.limit
        closed = frozenset(
            workspace.name
            for workspace in self.workspaces
            if workspace.spend_limit is not None
            and ledger.spent_in(workspace.name) >= workspace.spend_limit
        )
        if limit.unlimited:
            return Room(is_open=True, closed_workspaces=closed)
        total = ledger.spend.total + self._storage(at)
        ceiling = limit.amount * (1 + self.config.overshoot)
        return Room(
            is_open=total < limit.amount,
            left=ceiling - total,
            closed_workspaces=closed,
        )

    def _settle(self, at: datetime) -> None:
        if self.book.is_waiting:
            self.book.settle(at, spent_out=self._is_spent_out(at))

    def _is_spent_out(self, now: datetime) -> bool:
        limit = self.book.limit
        total = self.ledger(now.year, now.month).spend.total + self._storage(now)
        return not limit.unlimited and total >= limit.amount

    def _storage(self, at: datetime) -> Decimal:
        # By full days, so that a fresh month is a true zero.
        return self.config.storage_per_day * (at.day - 1)


def _sold(config: OrganizationConfig, catalogue: Catalogue) -> list[Stream]:
    """Return the streams; in July there were no zones, tiers or spoken text."""
    if config.shape is Shape.NEWEST:
        return list(config.streams)
    return [
        replace(stream, zone="global", tier="standard")
        for stream in config.streams
        if catalogue.products[stream.product].category != "audio_characters"
    ]


def _month_number(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _month_start(at: datetime) -> datetime:
    return datetime(at.year, at.month, 1, tzinfo=UTC)


def _floor(at: datetime, step: timedelta) -> datetime:
    midnight = datetime(at.year, at.month, at.day, tzinfo=UTC)
    return midnight + (at - midnight) // step * step
