"""Past months, and where their reading stands, on every database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.history import History
from service.domain.past_read import PastRead
from service.domain.period import month_of
from service.domain.scope import Scope
from service.domain.usage import Failure
from tests.contract.conftest import Storage
from tests.contract.samples import DAY, MINUTE, NOON

ACME = Scope(organization="acme")
AUGUST = month_of(NOON)
FAILURE = Failure(reason="provider_unavailable", detail="no answer in 10 s")


def past_read(
    period: str = "2026-07", *, organization: str = "acme", workspace: str = ""
) -> PastRead:
    return PastRead(
        organization=organization, workspace=workspace, period=period, currency="EUR"
    )


def usage_month(  # noqa: PLR0913 - a builder: keywords with defaults
    period: str = "2026-07",
    cost: str = "1",
    *,
    organization: str = "acme",
    workspace: str = "",
    currency: str = "EUR",
    captured_at: datetime = NOON,
) -> UsageMonth:
    line = UsageLine(
        day=f"{period}-20",
        category="completion",
        model="large",
        units=100,
        paid_units=90,
        cost=Decimal(cost),
    )
    return UsageMonth(
        organization=organization,
        workspace=workspace,
        period=period,
        currency=currency,
        captured_at=captured_at,
        lines=(line,),
    )


def history(storage: Storage, organization: str = "acme") -> History:
    with storage.transaction() as work:
        return work.history(organization, "EUR", AUGUST)


def spent(known: History, scope: Scope = ACME) -> dict[str, Decimal]:
    return {
        each.day.isoformat(): each.amount for each in known.days(scope) if each.amount
    }


def test_a_reading_is_kept_with_all_that_is_known_of_it(storage: Storage) -> None:
    failed = past_read().succeeded(NOON).failed(FAILURE, NOON + DAY)
    with storage.transaction() as work:
        assert work.save_past_read(failed, None)
        assert work.past_reads("acme") == (failed,)

    assert storage.queries.past_reads("acme") == (failed,)
    assert storage.queries.past_reads("beta") == ()


def test_readings_are_given_newest_month_first(storage: Storage) -> None:
    saved = [
        past_read("2026-06"),
        past_read("2026-07", workspace="search"),
        past_read("2025-12"),
        past_read("2026-07"),
        past_read("2026-07", organization="beta"),
    ]
    with storage.transaction() as work:
        assert all(work.save_past_read(each, None) for each in saved)

    found = storage.queries.past_reads("acme")
    assert [(each.period, each.workspace) for each in found] == [
        ("2026-07", ""),
        ("2026-07", "search"),
        ("2026-06", ""),
        ("2025-12", ""),
    ]


def test_a_survey_has_those_of_the_last_year_of_all_workspaces(
    storage: Storage,
) -> None:
    with storage.transaction() as work:
        for period in ("2025-07", "2025-08", "2026-07"):
            work.save_past_read(past_read(period), None)
        work.save_past_read(past_read(workspace="search"), None)
        work.save_past_read(past_read(organization="beta"), None)

    kept = storage.queries.survey(["acme", "none"], NOON).organizations

    assert kept["acme"].past_reads == (past_read("2026-07"), past_read("2025-08"))
    assert kept["none"].past_reads == ()


def test_a_reading_is_kept_only_where_nobody_was_quicker(storage: Storage) -> None:
    begun, read = past_read(), past_read().succeeded(NOON)
    later = past_read().succeeded(NOON + MINUTE)
    with storage.transaction() as work:
        assert not work.save_past_read(read, begun)
        assert work.save_past_read(read, None)
        assert not work.save_past_read(later, None)
        assert not work.save_past_read(later, begun)
        assert work.save_past_read(later, read)
        assert not work.save_past_read(read.failed(FAILURE, NOON + DAY), read)
        failed = later.failed(FAILURE, NOON + DAY)
        assert work.save_past_read(failed, later)
        assert not work.save_past_read(later, later)
        assert work.save_past_read(later, failed)

    assert storage.queries.past_reads("acme") == (later,)


def test_one_month_is_found_by_its_place(storage: Storage) -> None:
    whole, search = usage_month(), usage_month(workspace="search")
    with storage.transaction() as work:
        work.save_usage(whole)
        work.save_usage(search)
        assert work.usage("acme", "2026-07", "") == whole
        assert work.usage("acme", "2026-07", "search") == search
        assert work.usage("acme", "2026-06", "") is None
        assert work.usage("beta", "2026-07", "") is None


def test_history_is_the_year_before_the_month(storage: Storage) -> None:
    wanted = ["2026-07", "2026-06"]
    with storage.transaction() as work:
        for period in (*wanted, "2026-08", "2026-04"):
            work.save_usage(usage_month(period))
        work.save_usage(usage_month(cost="9", organization="beta"))
        work.save_usage(usage_month(cost="7", workspace="search"))
        work.save_usage(usage_month("2026-06", cost="7", workspace="usd"))

    known = history(storage)
    assert spent(known) == {"2026-06-20": 1, "2026-07-20": 1}
    assert spent(known, replace(ACME, workspace="search")) == {"2026-07-20": 7}
    assert spent(history(storage, "beta")) == {"2026-07-20": 9}
    assert spent(history(storage, "none")) == {}


def test_history_is_no_longer_than_a_year(storage: Storage) -> None:
    periods = [f"2025-{month:02d}" for month in range(6, 13)]
    with storage.transaction() as work:
        for period in [*periods, *(f"2026-0{month}" for month in range(1, 8))]:
            work.save_usage(usage_month(period))

    assert next(iter(spent(history(storage)))) == "2025-08-20"


def test_history_is_the_same_object_while_nothing_has_changed(
    storage: Storage,
) -> None:
    with storage.transaction() as work:
        work.save_usage(usage_month())
    first = history(storage)
    with storage.transaction() as work:
        work.save_usage(usage_month("2026-08"))
        work.save_usage(usage_month(captured_at=NOON + DAY))

    assert history(storage) is first
    with storage.transaction() as work:
        work.save_usage(usage_month(cost="2"))
    assert spent(history(storage)) == {"2026-07-20": 2}


def test_history_in_another_currency_or_month_is_another(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_usage(usage_month())
        assert spent(work.history("acme", "EUR", AUGUST)) == {"2026-07-20": 1}
        assert spent(work.history("acme", "USD", AUGUST)) == {}
        assert spent(work.history("acme", "EUR", month_of(NOON + 31 * DAY))) == {}


def test_a_month_is_known_until_it_was_last_read(storage: Storage) -> None:
    """What did not change writes nothing, so the month itself cannot tell."""
    live = datetime(2026, 7, 20, 12, tzinfo=UTC)
    with storage.transaction() as work:
        work.save_usage(usage_month(captured_at=live))
    assert spent(history(storage)) == {}

    read = past_read().succeeded(NOON)
    with storage.transaction() as work:
        work.save_usage(usage_month(captured_at=NOON))
        work.save_past_read(read, None)
    known = history(storage)

    assert spent(known) == {"2026-07-20": 1}
    assert len(known.days(ACME)) == 12
    with storage.transaction() as work:
        work.save_past_read(read.succeeded(NOON + DAY), read)
    assert history(storage) is known


def test_histories_of_many_organizations_are_given_all_the_same(
    storage: Storage,
) -> None:
    names = [f"org-{number}" for number in range(70)]
    with storage.transaction() as work:
        for name in names:
            work.save_usage(usage_month(organization=name))
        for name in names:
            assert len(work.history(name, "EUR", AUGUST).days(ACME)) == 12
        assert len(work.history(names[0], "EUR", AUGUST).days(ACME)) == 12
