from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.course import Course, amount_of, seconds_of, slot_of
from tests.builders import DAY, HOUR, MINUTE, NOON
from tests.unit.domain.courses import sample

SECONDS = seconds_of(NOON)


def course(*seen: tuple[int, str], month: str = "2026-08") -> Course:
    """Give what was seen: hours after noon, and the amount."""
    return Course(
        sample(NOON + hours * HOUR, amount, month=month) for hours, amount in seen
    )


def spent(of: Course, start: int, end: int, widest: int = 3600) -> Decimal | None:
    found = of.spent(SECONDS + start * 3600, SECONDS + end * 3600, widest)
    return None if found is None else amount_of(found)


def test_between_two_samples_the_spend_is_guessed_in_proportion() -> None:
    line = course((0, "10"), (2, "30"), (3, "40"))

    assert spent(line, 1, 3, 7200) == 20
    assert spent(line, 0, 2) == 20
    assert spent(line, 1, 3) is None


def test_outside_of_what_was_seen_nothing_is_known() -> None:
    line = course((0, "10"), (1, "30"))

    assert spent(line, -1, 1) is None
    assert spent(line, 0, 2) is None
    assert spent(Course(), 0, 1) is None


def test_a_new_month_goes_on_where_the_old_one_was_last_seen() -> None:
    line = course((0, "10"), (1, "30")).with_samples(
        [sample(NOON + 2 * HOUR, "5", month="2026-09")]
    )

    assert spent(line, 0, 2) == 25


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(((1, "90"), (2, "100")), "0", id="taken away and given back"),
        pytest.param(((1, "90"), (2, "120")), "20", id="and more spent"),
        pytest.param(((1, "90"), (30, "95"), (31, "99")), "-", id="down for good"),
    ],
)
def test_what_a_restatement_gives_back_is_no_spend(
    seen: tuple[tuple[int, str], ...], expected: str
) -> None:
    line = course((0, "100"), *seen)

    if expected == "-":
        assert spent(line, 30, 31) == 4
        assert spent(line, 0, 30) == 0
    else:
        assert spent(line, 0, 2) == Decimal(expected)


def test_a_clock_that_was_set_back_adds_nothing_until_it_is_past_that() -> None:
    line = course((0, "10"), (1, "30"))

    same = line.with_samples(
        [
            sample(NOON, "50"),
            sample(NOON + 2 * HOUR, "60", month="2026-07"),
        ]
    )

    assert same.last_at == line.last_at
    assert spent(same, 0, 1) == 20


def test_later_samples_leave_the_line_before_them_as_it_was() -> None:
    line = course((0, "10"))

    longer = line.with_samples([sample(NOON + HOUR, "30")])

    assert (line.last_at, longer.last_at) == (SECONDS, SECONDS + 3600)


def test_what_is_older_than_sixty_days_is_let_go() -> None:
    old = Course([sample(NOON - 61 * DAY, "1", month="2026-06"), sample(NOON, "1")])

    assert old.first_at == SECONDS - 61 * 86_400
    assert old.days_seen == 2
    trimmed = old.with_samples([])
    assert trimmed.first_at == SECONDS
    assert trimmed.days_seen == 1


def test_coarseness_is_the_time_between_moves_that_bring_most() -> None:
    moves = ((0, "0"), (1, "10"), (2, "10"), (3, "20"), (4, "21"), (5, "121"))

    assert course(*moves).coarseness(SECONDS) == 3600
    assert course(*moves[:4]).coarseness(SECONDS) == 7200
    assert course(*moves[:3]).coarseness(SECONDS) is None
    assert course((0, "1")).coarseness(SECONDS) is None


def test_a_quarter_of_an_hour_begins_on_the_clock() -> None:
    for minutes, begun in ((0, 0), (14, 0), (15, 15), (44, 30)):
        at = NOON + minutes * MINUTE + timedelta(seconds=59, microseconds=1)
        assert slot_of(at) == NOON + begun * MINUTE
