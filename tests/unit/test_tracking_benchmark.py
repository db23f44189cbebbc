"""The benchmark of tracking takes any folder of series, or says that it cannot."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.followed import Runaway, follow, raised_at_thresholds, run_months, stand
from benchmarks.hours import Month, months_of
from benchmarks.tracking import measure
from service.domain.track import Terms

START = datetime(2026, 1, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TWO_DAYS = Terms(headroom=2 * DAY)


def write(folder: Path, name: str, step: timedelta, number: int) -> Path:
    rows = (
        f"{START + index * step:%Y-%m-%dT%H:%M:%SZ},{24 + index % 7}"
        for index in range(number)
    )
    path = folder / f"{name}.csv"
    path.write_text("\n".join(("timestamp,amount", *rows)), encoding="utf-8")
    return path


def february(folder: Path) -> Month:
    (month,) = months_of(write(folder, "two.day", DAY, 45))
    return month


def test_days_are_spread_over_their_hours_and_hours_are_taken_as_they_are(
    tmp_path: Path,
) -> None:
    days = february(tmp_path)
    (hours,) = months_of(write(tmp_path, "one.hour", HOUR, 24 * 45))

    assert len(days.spent) == len(hours.spent) == 24 * 28
    assert set(days.spent[:24]) == {days.spent[0]}
    assert hours.spent[1] != hours.spent[0]
    assert len(days.before) == len(hours.before) == 24
    assert days.budget == sum(days.spent)


def test_a_healthy_month_is_never_stopped_and_a_runaway_soon_is(
    tmp_path: Path,
) -> None:
    month = february(tmp_path)
    runaway = Runaway(hour=100, rate=month.budget / len(month.spent) * 20)

    run, (lost,) = run_months(month, follow(TWO_DAYS), [runaway])
    _, (fixed,) = run_months(month, stand(Decimal("1.2")), [runaway])

    assert run.stopped == 0
    assert 0 < run.changes <= 25
    assert lost < fixed / 5


def test_raises_at_thresholds_lose_what_the_highest_of_them_allows(
    tmp_path: Path,
) -> None:
    month = february(tmp_path)
    runaway = Runaway(hour=0, rate=month.budget)

    run, (lost,) = run_months(month, raised_at_thresholds, [runaway])

    assert run.stopped == 0
    assert run.changes == 2
    assert lost <= month.budget * Decimal("1.2")


def test_a_series_without_a_whole_month_is_left_out(tmp_path: Path) -> None:
    assert months_of(write(tmp_path, "two.day", DAY, 20)) == []
    assert months_of(write(tmp_path, "none.day", DAY, 0)) == []


def test_it_prints_its_tables_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "two.day", DAY, 45)

    figures = list(measure(is_short=True, folder=tmp_path))

    told = capsys.readouterr().err
    assert "**two**, 1 month" in told
    assert "| follows, headroom 3d |" in told
    assert [each.unit for each in figures] == ["h", "%", "a month"]


def test_without_series_it_is_skipped_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(measure(is_short=True, folder=tmp_path)) == []
    assert "skipped" in capsys.readouterr().err
