"""Past months are read one by one, politely."""

from datetime import date
from decimal import Decimal

import pytest

from service.domain.errors import (
    NotFound,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.history import DaySpend
from service.domain.past_read import PastRead
from service.domain.period import month_called
from service.domain.scope import Scope
from service.domain.usage import UsageReport
from service.pipeline.decide import remember
from service.pipeline.past import read_past_month
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    cents_row,
    guard,
    organization,
    policy,
    report,
    row,
    state,
)
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.past_world import (
    READ,
    RESTATED,
    SEARCH,
    YEAR,
    month_report,
    read,
    read_all,
    reads,
    stored,
    with_past,
)


def test_the_newest_month_is_read_first_one_at_a_call() -> None:
    world = with_past(World())

    assert read(world)
    assert read(world)

    assert world.api.calls == ["usage 2026-07", "usage 2026-06"]


def test_a_year_is_read_and_then_nothing_is_due() -> None:
    world = with_past(World())

    assert read_all(world) == 12
    assert world.api.calls == [f"usage {period}" for period in YEAR]
    assert not read(world)


def test_a_month_is_kept_by_its_days_and_recorded() -> None:
    world = with_past(World())
    world.api.reports["2026-07", ""] = report(
        cents_row(5, day=date(2026, 7, 20)),
        row(7, day=date(2026, 7, 21), billing_metric="new"),
        at=month_called("2026-07").start,
    )

    read(world)

    kept = stored(world, "2026-07")
    assert [(each.day, each.cost) for each in kept.lines] == [
        ("2026-07-20", Decimal(5)),
        ("2026-07-21", None),
    ]
    assert (kept.currency, kept.captured_at) == ("EUR", NOON)
    (fact,) = world.facts(READ)
    assert (fact.chain, fact.target, fact.outcome) == (
        "acme",
        "organization:acme",
        "read",
    )
    assert (fact.actor, fact.at, fact.reason) == ("system:scheduler", NOON, "")
    assert fact.detail == {
        "month": "2026-07",
        "workspace": None,
        "lines": 2,
        "unpriced": 1,
    }
    assert world.facts(RESTATED) == []


def test_who_comes_back_goes_on_where_it_ended() -> None:
    world = with_past(World())
    for _ in range(5):
        read(world)
    again = World(tables=world.tables, clock=world.clock)
    with_past(again)

    assert read_all(again) == 7
    assert again.api.calls == [f"usage {period}" for period in YEAR[5:]]


def test_the_state_is_left_alone_and_no_lock_is_taken() -> None:
    world = with_past(World())
    world.check()
    before = dict(world.tables.states)
    held = list(world.locks.held)

    read_all(world)

    assert world.tables.states == before
    assert world.locks.held == held


def searching() -> World:
    """Give a world with a policy about a workspace, as its first check leaves it."""
    world = World(policies=in_force(policy(scope={"workspace": "search"})))
    with_past(world)
    world.api.listed = (SEARCH,)
    for period in ("2026-08", *YEAR):
        world.api.reports[period, SEARCH.uuid] = month_report(period, d20="2")
    return world


def test_a_workspace_is_read_once_a_check_has_found_it() -> None:
    world = searching()
    assert read_all(world) == 12
    world.check()
    world.api.calls.clear()

    assert read_all(world) == 12

    assert world.api.calls[0] == f"usage 2026-07/{SEARCH.uuid}"
    assert stored(world, "2026-07", "search").lines[0].cost == 2
    detail = world.facts(READ)[-1].detail
    assert detail is not None
    assert detail["workspace"] == "search"


def test_what_was_read_is_what_the_next_check_knows() -> None:
    world = searching()
    read_all(world)
    world.check()
    read_all(world)

    services = world.services()
    with services.transaction() as work:
        known = remember(services, work, organization(), state(), NOON).history

    scope = Scope(organization="acme", workspace="search")
    assert len(known.days(scope)) == len(known.days(Scope(organization="acme"))) == 346
    assert known.days(scope)[-12] == DaySpend(day=date(2026, 7, 20), amount=Decimal(2))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderUnavailable("no answer"), "provider_unavailable"),
        (ProviderMalformed("no JSON"), "provider_malformed"),
        (ProviderRejected("no", status=403), "provider_rejected"),
        (ProviderRejected("no", status=404), "not_kept"),
        (ProviderRejected("no", status=400), "not_kept"),
        (ProviderRejected("no", status=410), "not_kept"),
        (ProviderRejected("no", status=422), "not_kept"),
    ],
)
def test_a_failure_is_noted_with_its_reason(error: Exception, reason: str) -> None:
    world = with_past(World())
    world.api.then("usage", error)

    assert read(world)

    assert reads(world)["2026-07", ""] == PastRead(
        organization="acme",
        workspace="",
        period="2026-07",
        currency="EUR",
        failed_at=NOON,
        failures=1,
        reason=reason,
        detail=str(error),
    )
    assert world.facts(READ) == []
    assert ("acme", "2026-07", "") not in world.tables.months


def test_a_failure_is_tried_again_and_forgotten_when_it_is_over() -> None:
    world = with_past(World())
    world.api.then("usage", ProviderUnavailable("no answer"))
    read(world)

    assert not read(world)
    world.clock.advance(5 * MINUTE)

    assert read_all(world) == 12
    assert reads(world)["2026-07", ""].failures == 0


def test_a_provider_that_keeps_no_more_ends_it() -> None:
    world = with_past(World())
    world.api.then("usage 2026-03", ProviderRejected("no such month", status=404))

    assert read_all(world) == 5

    assert world.api.calls[-1] == "usage 2026-03"
    assert len(world.facts(READ)) == 4


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (
            report(at=month_called("2026-07").start, currency="USD"),
            "wrong_currency",
            "usage is in USD, expected EUR",
        ),
        (
            report(at=NOON),
            "wrong_period",
            "usage from 2026-08-01 to before 2026-09-01 came for 2026-07",
        ),
        (
            report(
                at=month_called("2026-07").start, missing_categories=("ocr", "audio")
            ),
            "category_missing",
            "the answer lacks ocr, audio",
        ),
    ],
)
def test_an_answer_about_something_else_is_a_failure(
    answer: UsageReport, reason: str, detail: str
) -> None:
    world = with_past(World())
    world.api.reports["2026-07", ""] = answer

    read(world)

    failed = reads(world)["2026-07", ""]
    assert (failed.reason, failed.detail) == (reason, detail)
    assert ("acme", "2026-07", "") not in world.tables.months
    assert read_all(world) == 11


def test_what_another_process_has_read_meanwhile_is_recorded_once() -> None:
    world = with_past(World())
    other = World(tables=world.tables, clock=world.clock)
    with_past(other)
    world.api.then("usage", lambda: read(other))

    assert read(world)

    assert len(world.facts(READ)) == 1
    assert world.api.calls == other.api.calls == ["usage 2026-07"]


def test_a_failure_does_not_undo_what_another_process_has_read_meanwhile() -> None:
    world = with_past(World())
    other = World(tables=world.tables, clock=world.clock)
    with_past(other)

    def fail() -> None:
        read(other)
        raise ProviderUnavailable("no answer")

    world.api.then("usage", fail)

    assert read(world)

    assert reads(world)["2026-07", ""].read_at == NOON


def test_in_another_currency_all_is_read_anew() -> None:
    world = with_past(World())
    read_all(world)
    dollars = in_force(guard=guard(organization(currency="USD")))
    again = World(tables=world.tables, clock=world.clock, policies=dollars)
    for period in YEAR:
        start = month_called(period).start
        again.api.reports[period, ""] = report(at=start, currency="USD")

    assert read_all(again) == 12

    assert {each.currency for each in reads(world).values()} == {"USD"}
    assert world.facts(RESTATED) == []


def test_an_organization_that_nobody_names_is_refused() -> None:
    with pytest.raises(NotFound):
        read_past_month(World().services(), "nobody")


def test_the_newest_month_waits_for_the_last_check_of_it() -> None:
    world = with_past(World())
    world.clock.set(month_called("2026-08").start + 9 * MINUTE)

    read_all(world)

    assert ("2026-07", "") not in reads(world)
    world.clock.advance(HOUR)
    assert read_all(world) == 1
