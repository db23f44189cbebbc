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


def test_what_is_guessed_is_cut_off_to_whole_millionths() -> None:
    thirds = course((0, "0"), (3, "1"))

    assert spent(thirds, 0, 1, 3 * 3600) == Decimal("0.333333")


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
    third = line.with_samples([sample(NOON + 3 * HOUR, "7", month="2026-10")])
    assert spent(third, 0, 3) == 32


def test_a_month_may_begin_with_a_credit() -> None:
    assert spent(course((0, "-5"), (1, "5")), 0, 1) == 10


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(((1, "90"), (2, "100")), "0", id="taken away and given back"),
        pytest.param(((1, "90"), (2, "120")), "20", id="and more spent"),
    ],
)
def test_what_a_restatement_gives_back_is_no_spend(
    seen: tuple[tuple[int, str], ...], expected: str
) -> None:
    line = course((0, "100"), *seen)

    assert spent(line, 1, 2) == spent(line, 0, 2) == Decimal(expected)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(((1, "90"), (30, "95")), 4, id="for more than a day"),
        pytest.param(((24, "90"), (30, "95")), 4, id="since more than a day"),
        pytest.param(((1, "90"), (24, "95")), 0, id="for a day"),
        pytest.param(((20, "100"), (30, "95")), 0, id="since it was last as high"),
    ],
)
def test_a_figure_that_stays_down_is_down_for_good(
    seen: tuple[tuple[int, str], ...], expected: int
) -> None:
    last, _ = seen[-1]
    line = course((0, "100"), *seen, (last + 1, "99"))

    assert spent(line, 0, last, 86_400) == 0
    assert spent(line, last, last + 1) == expected


def test_a_clock_that_was_set_back_adds_nothing_until_it_is_past_that() -> None:
    line = course((0, "10"), (1, "30"))

    same = line.with_samples(
        [
            sample(NOON, "50"),
            sample(NOON + HOUR, "50"),
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


def test_the_day_that_sixty_days_ago_lies_in_is_kept() -> None:
    old = Course([sample(NOON - 60 * DAY, "1", month="2026-06"), sample(NOON, "1")])

    assert old.with_samples([]).first_at == SECONDS - 60 * 86_400
    assert old.with_samples([]).days_seen == 2


def test_coarseness_is_the_time_between_moves_that_bring_most() -> None:
    moves = ((0, "0"), (1, "10"), (2, "10"), (3, "20"), (4, "21"), (5, "121"))

    assert course(*moves).coarseness(SECONDS) == 3600
    assert course(*moves[:4]).coarseness(SECONDS) == 7200
    assert course(*moves[:3]).coarseness(SECONDS) is None
    assert course((0, "1")).coarseness(SECONDS) is None


@pytest.mark.parametrize(
    ("in_an_hour", "in_three", "hours"),
    [
        pytest.param("1", "1", 1, id="half of it"),
        pytest.param("1", "1.000002", 3, id="a millionth less than half"),
        pytest.param("2", "3", 3, id="less than half, and more than a third"),
        pytest.param("0.000001", "0.000001", 1, id="single millionths"),
    ],
)
def test_coarseness_is_the_median_of_what_the_moves_brought(
    in_an_hour: str, in_three: str, hours: int
) -> None:
    second = Decimal(1) + Decimal(in_an_hour)
    third = second + Decimal(in_three)
    line = course((0, "0"), (1, "1"), (2, str(second)), (5, str(third)))

    assert line.coarseness(SECONDS) == hours * 3600


def test_coarseness_is_that_of_the_moves_since_a_moment() -> None:
    slower = course((0, "0"), (1, "10"), (2, "20"), (3, "30"), (6, "33"), (9, "36"))

    assert slower.coarseness(SECONDS) == 3600
    assert slower.coarseness(SECONDS + 3 * 3600) == 3 * 3600


def test_a_quarter_of_an_hour_begins_on_the_clock() -> None:
    for minutes, begun in ((0, 0), (14, 0), (15, 15), (44, 30)):
        at = NOON + minutes * MINUTE + timedelta(seconds=59, microseconds=1)
        assert slot_of(at) == NOON + begun * MINUTE
