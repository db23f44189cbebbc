"""What checks saw of the spend over the last weeks, on every implementation."""

from datetime import timedelta
from decimal import Decimal

from service.domain.course import SpendSample, amount_of, seconds_of
from tests.builders import DAY, HOUR, MINUTE, NOON, organization
from tests.contract.conftest import Storage
from tests.unit.domain.courses import sample

ACME = organization()


def save(storage: Storage, *samples: SpendSample, of: str = "acme") -> None:
    with storage.transaction() as work:
        work.save_samples(of, samples)


def spent(storage: Storage, scope: str = "acme", hours: int = 1) -> Decimal | None:
    """Give what the last hours before noon have cost."""
    with storage.transaction() as work:
        course = work.courses(ACME, {scope}, NOON)[scope]
    end = seconds_of(NOON)
    found = course.spent(end - hours * 3600, end, 7200)
    return None if found is None else amount_of(found)


def test_what_was_kept_is_given_by_scope_and_organization(storage: Storage) -> None:
    for at, amount in ((NOON - HOUR, "10"), (NOON, "25.5")):
        save(
            storage,
            sample(at, amount),
            sample(at, Decimal(amount) * 2, scope="acme;models=a"),
        )
        save(storage, sample(at, "1"), of="beta")

    assert spent(storage) == Decimal("15.5")
    assert spent(storage, "acme;models=a") == 31
    assert spent(storage, "acme;models=b") is None


def test_the_last_sample_of_a_quarter_of_an_hour_stands_for_it(
    storage: Storage,
) -> None:
    save(storage, sample(NOON - HOUR, "10"))
    save(storage, sample(NOON - 14 * MINUTE, "11"))
    save(storage, sample(NOON - 4 * MINUTE, "19"))
    save(storage, sample(NOON, "20"))

    with storage.transaction() as work:
        course = work.courses(ACME, {"acme"}, NOON)["acme"]

    begun, end = seconds_of(NOON) - 14 * 60, seconds_of(NOON)
    assert course.spent(begun, end, 7200) != 9_000_000
    assert spent(storage) == 10


def test_what_comes_later_is_seen_by_the_next_check(storage: Storage) -> None:
    save(storage, sample(NOON - HOUR, "10"))
    assert spent(storage) is None

    save(storage, sample(NOON, "12"))
    assert spent(storage) == 2
    # The quarter of an hour that is under way may still change.
    later = sample(NOON + timedelta(minutes=10), "30")
    save(storage, later)
    with storage.transaction() as work:
        course = work.courses(ACME, {"acme"}, later.at)["acme"]
    assert course.last_at == seconds_of(later.at)


def test_what_is_older_than_sixty_days_is_let_go(storage: Storage) -> None:
    save(storage, sample(NOON - 61 * DAY, "5", month="2026-06"))
    save(storage, sample(NOON - HOUR, "10"))
    save(storage, sample(NOON, "12"))

    with storage.transaction() as work:
        course = work.courses(ACME, {"acme"}, NOON - 50 * DAY)["acme"]

    assert course.days_seen == 1


def test_another_currency_is_another_line(storage: Storage) -> None:
    save(storage, sample(NOON - HOUR, "10", currency="USD"), sample(NOON, "12"))

    assert spent(storage) is None


def test_nothing_seen_leaves_everything_as_it_was(storage: Storage) -> None:
    save(storage, sample(NOON - HOUR, "10"), sample(NOON, "12"))
    save(storage)

    assert spent(storage) == 2


def test_a_clock_that_was_set_back_reads_anew(storage: Storage) -> None:
    save(storage, sample(NOON - HOUR, "10"), sample(NOON, "12"))
    with storage.transaction() as work:
        work.courses(ACME, {"acme"}, NOON + DAY)

    assert spent(storage) == 2
