"""Client and simulator were written apart, from the same description of the wire."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from service.admin_api import Bounds, HttpAdminApi
from service.domain.analytics import AnalyticsReport
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.guard import AuthHeader, Organization
from service.domain.money import Money
from service.domain.period import BillingPeriod, month_of
from service.domain.usage import SpendLimit
from service.simulator import scenarios
from service.simulator.configuration import Dialect, Header, Shape
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.integration.admin_api.provider import RealTime, failure

PATIENCE = timedelta(seconds=10)
QUICK = Bounds(read=timedelta(seconds=0.3), call=timedelta(seconds=0.8))


class World:
    """A simulated provider on loopback, some days into a month."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.simulator: Simulator = server.simulator
        self.config = self.simulator.config.organizations[0]
        self.clients: list[HttpAdminApi] = []

    @property
    def now(self) -> datetime:
        return self.simulator.clock.now()

    @property
    def month(self) -> BillingPeriod:
        return month_of(self.now)

    def api(
        self,
        *,
        versioned: bool = False,
        auth_header: AuthHeader = AuthHeader.X_API_KEY,
        key: str | None = None,
        bounds: Bounds | None = None,
    ) -> HttpAdminApi:
        organization = Organization(
            name=self.config.name,
            base_url=self.server.versioned_base_url
            if versioned
            else self.server.base_url,
            api_key=SecretStr(key or self.config.admin_key),
            auth_header=auth_header,
            currency=self.config.currency,
        )
        self.clients.append(
            HttpAdminApi(
                organization, clock=RealTime(), jitter=lambda: 0.0, bounds=bounds
            )
        )
        return self.clients[-1]

    def fault(self, kind: FaultKind, **more: object) -> None:
        self.simulator.faults.add(replace(Fault(kind=kind, count=None), **more))  # type: ignore[arg-type] # fields of a fault, by name

    def euros(self, amount: int) -> SpendLimit:
        return SpendLimit(Money(Decimal(amount), self.config.currency))


@contextmanager
def simulated(scenario: str = "demo_month") -> Iterator[World]:
    with SimulatorServer(Simulator(scenarios.build(scenario))) as server:
        world = World(server)
        world.simulator.advance(timedelta(days=2, hours=13))
        try:
            yield world
        finally:
            for client in world.clients:
                client.close()


@pytest.fixture
def world() -> Iterator[World]:
    with simulated() as one:
        yield one


def read_everything(api: HttpAdminApi, world: World) -> None:
    month = world.month
    assert api.spend_limit().limit is not None
    assert api.usage(month).rows
    assert api.workspaces()
    assert api.rate_limit().models
    for report in AnalyticsReport:
        assert api.analytics(report, month.start, world.now).series
    api.audit_log([], after=month.start)


@pytest.mark.parametrize("auth_header", AuthHeader)
@pytest.mark.parametrize("versioned", [False, True])
def test_everything_is_read_at_both_addresses_with_each_header(
    world: World,
    auth_header: AuthHeader,
    versioned: bool,  # noqa: FBT001 - a column of the table
) -> None:
    read_everything(world.api(versioned=versioned, auth_header=auth_header), world)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("versioned", [False, True])
def test_either_spelling_of_the_reports_is_found(
    world: World,
    dialect: Dialect,
    versioned: bool,  # noqa: FBT001 - a column of the table
) -> None:
    world.simulator.switches = replace(
        world.simulator.switches, dialects=frozenset({dialect})
    )
    api = world.api(versioned=versioned)

    read_everything(api, world)

    missed = [one for one in world.simulator.requests if one.status == 404]
    assert len(missed) == (api.dialect != ("work" if versioned else "lechat"))


def test_a_header_that_is_switched_off_is_refused(world: World) -> None:
    world.simulator.switches = replace(
        world.simulator.switches, headers=frozenset({Header.BEARER})
    )

    assert failure(world.api().spend_limit).status == 401
    world.api(auth_header=AuthHeader.BEARER).spend_limit()
    world.api(auth_header=AuthHeader.BOTH).spend_limit()


def test_a_key_nobody_knows_is_refused(world: World) -> None:
    error = failure(world.api(key="sg_test_nobody").spend_limit)

    assert type(error) is ProviderRejected
    assert error.status == 401


@pytest.mark.parametrize("shape", Shape)
def test_both_shapes_of_usage_are_read_whole(world: World, shape: Shape) -> None:
    world.simulator.use_shape(world.config.name, shape)
    report = world.api().usage(world.month)

    assert report.period == world.month
    assert report.currency == world.config.currency
    assert report.unknown_categories == ()
    assert report.missing_categories == ()
    assert (report.legacy_vibe is not None) == (shape is Shape.JULY)
    assert all(row.day and world.month.has_day(row.day) for row in report.rows)


def test_the_total_is_the_one_that_is_true(world: World) -> None:
    reading = world.api().spend_limit()

    true = world.simulator.spend(world.config.name)
    assert reading.total is not None
    assert abs(reading.total - true) <= Decimal("0.01")
    assert reading.limit == world.euros(world.config.limit)


def test_usage_by_workspace_is_a_part_of_all(world: World) -> None:
    api = world.api()
    parts = [api.usage(world.month, workspace.uuid) for workspace in api.workspaces()]

    units = sum(row.units for part in parts for row in part.rows)
    assert 0 < units <= sum(row.units for row in api.usage(world.month).rows)


def test_everything_is_read_by_several_threads_side_by_side(world: World) -> None:
    api = world.api()
    threads = [
        threading.Thread(target=read_everything, args=(api, world)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.status for one in world.simulator.requests} == {200}
    assert world.simulator.count(Route.USAGE) == 6


@pytest.mark.parametrize("amount", [0, 650, 100_000])
def test_a_limit_that_is_set_is_in_force(world: World, amount: int) -> None:
    api = world.api()

    api.set_spend_limit(world.euros(amount), timeout=PATIENCE)

    assert api.spend_limit().limit == world.euros(amount)
    (entry,) = api.audit_log(
        ["billing.monthly_limit.updated"], after=world.now - timedelta(minutes=1)
    )
    assert entry.target_type == "MONTHLY_LIMIT"
    assert entry.actor_type == "API_KEY"


def test_a_limit_is_removed_and_set_again(world: World) -> None:
    api = world.api()
    api.spend_limit()

    api.set_spend_limit(SpendLimit(None), timeout=PATIENCE)
    assert api.spend_limit().limit == SpendLimit(None)

    api.set_spend_limit(world.euros(700), timeout=PATIENCE)
    assert api.spend_limit().limit == world.euros(700)


def test_who_moved_the_limit_in_the_console_is_told(world: World) -> None:
    world.simulator.console_sets_limit(
        world.config.name, 9000, email="ada@acme.example"
    )

    (entry,) = world.api().audit_log(
        ["billing.monthly_limit.updated"], after=world.now - timedelta(minutes=1)
    )

    assert entry.actor == "ada@acme.example"


# --- faults ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": FaultKind.STATUS, "status": 401}, ProviderRejected),
        ({"kind": FaultKind.STATUS, "status": 403}, ProviderRejected),
        ({"kind": FaultKind.STATUS, "status": 404}, ProviderRejected),
        ({"kind": FaultKind.STATUS, "status": 429}, ProviderRejected),
        (
            {"kind": FaultKind.STATUS, "status": 429, "retry_after": "30"},
            ProviderRejected,
        ),
        ({"kind": FaultKind.STATUS, "status": 500}, ProviderUnavailable),
        ({"kind": FaultKind.STATUS, "status": 503}, ProviderUnavailable),
        (
            {"kind": FaultKind.STATUS, "status": 302, "location": "https://x.example"},
            ProviderRejected,
        ),
        ({"kind": FaultKind.HTML}, ProviderMalformed),
        ({"kind": FaultKind.CUT_OFF}, ProviderUnavailable),
        ({"kind": FaultKind.SLOW, "seconds": 5.0}, ProviderUnavailable),
        ({"kind": FaultKind.DRIP, "seconds": 5.0}, ProviderUnavailable),
        ({"kind": FaultKind.OVERSIZED}, ProviderMalformed),
        (
            {"kind": FaultKind.NULL_FIELD, "field": "limits.currency"},
            ProviderMalformed,
        ),
        (
            {"kind": FaultKind.MISSING_FIELD, "field": "limits.completion"},
            ProviderMalformed,
        ),
        (
            {
                "kind": FaultKind.NAN_FIELD,
                "field": "limits.completion.total_usage",
            },
            ProviderMalformed,
        ),
        (
            {
                "kind": FaultKind.JUNK_FIELD,
                "field": "limits.completion.total_usage",
                "value": "lots",
            },
            ProviderMalformed,
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_each_fault_of_a_read_ends_in_its_kind_of_error(
    world: World, fault: dict[str, object], kind: type[ProviderError]
) -> None:
    world.fault(**fault)  # type: ignore[arg-type] # a row of the table, by name
    slow = fault["kind"] in {FaultKind.SLOW, FaultKind.DRIP}

    error = failure(world.api(bounds=QUICK if slow else None).spend_limit)

    assert type(error) is kind


@pytest.mark.parametrize(
    "fault",
    [
        {"field": "start_date"},
        {"field": "end_date"},
        {"field": "completion"},
        {"field": "completion.models"},
        {"field": "completion.models.*.*.*.value"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [FaultKind.MISSING_FIELD, FaultKind.NULL_FIELD])
def test_usage_with_a_gap_is_no_usage(
    world: World, fault: dict[str, object], kind: FaultKind
) -> None:
    world.fault(kind, **fault)

    error = failure(lambda: world.api().usage(world.month))

    assert type(error) is ProviderMalformed


def test_usage_that_may_lack_something_is_read_without_it(world: World) -> None:
    world.fault(FaultKind.PRICES_REMOVED)
    world.fault(FaultKind.NEW_CATEGORY)
    world.fault(FaultKind.MISSING_FIELD, field="ocr")
    world.fault(FaultKind.NULL_FIELD, field="currency")

    report = world.api().usage(world.month)

    assert report.prices == ()
    assert report.currency is None
    assert report.missing_categories == ("ocr",)
    assert report.unknown_categories
    assert set(report.unknown_categories) <= {row.category for row in report.rows}


def test_a_wrong_period_is_read_as_the_period_it_is(world: World) -> None:
    world.fault(FaultKind.WRONG_PERIOD)

    assert world.api().usage(world.month).period.end == world.month.start


def test_a_passing_fault_is_outlived(world: World) -> None:
    for kind in (FaultKind.CUT_OFF, FaultKind.STATUS):
        world.simulator.faults.add(Fault(kind=kind))

    world.api().spend_limit()

    assert world.simulator.count(Route.SPEND_LIMIT) == 3


@pytest.mark.parametrize(
    ("fault", "is_applied"),
    [
        (Fault(kind=FaultKind.NO_ANSWER), True),
        (Fault(kind=FaultKind.NO_ANSWER, applied=False), False),
        (Fault(kind=FaultKind.ERROR_AFTER, status=502), True),
        (Fault(kind=FaultKind.CUT_OFF), True),
    ],
    ids=lambda value: getattr(value, "kind", str(value)),
)
def test_a_write_that_went_wrong_is_sent_once_and_is_a_perhaps(
    world: World,
    fault: Fault,
    is_applied: bool,  # noqa: FBT001 - a column of the table
) -> None:
    world.simulator.faults.add(fault)
    api = world.api()

    error = failure(
        lambda: api.set_spend_limit(world.euros(4321), timeout=timedelta(seconds=0.5))
    )

    assert type(error) is ProviderUnavailable
    assert world.simulator.count(Route.SET_SPEND_LIMIT) == 1
    assert (api.spend_limit().limit == world.euros(4321)) is is_applied


def test_a_write_that_is_ignored_shows_only_when_it_is_read_back(world: World) -> None:
    world.fault(FaultKind.IGNORED)
    api = world.api()

    api.set_spend_limit(world.euros(4321), timeout=PATIENCE)

    assert api.spend_limit().limit == world.euros(world.config.limit)
