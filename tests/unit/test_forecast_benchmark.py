"""The benchmark of the forecast takes any folder of series, or says that it cannot."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.forecast import measure
from benchmarks.series import cases_of, read_folder

START = datetime(2026, 1, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def write(folder: Path, name: str, step: timedelta, number: int) -> None:
    rows = (
        f"{START + index * step:%Y-%m-%dT%H:%M:%SZ},{1 + index % 7}.5"
        for index in range(number)
    )
    text = "\n".join(("timestamp,amount", *rows))
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def test_series_by_hours_and_by_days_are_read_as_whole_days(tmp_path: Path) -> None:
    write(tmp_path, "one.hour", HOUR, 24 * 30)
    write(tmp_path, "two.day", 24 * HOUR, 30)

    series = read_folder(tmp_path)

    assert [len(days) for days in series.values()] == [29, 30]
    assert list(series) == ["one", "two"]
    assert series["one"][0].day == (START + 24 * HOUR).date()


def test_only_what_was_known_by_then_is_told_of_a_month(tmp_path: Path) -> None:
    write(tmp_path, "two.day", 24 * HOUR, 90)
    (days,) = read_folder(tmp_path).values()

    cases = list(cases_of("two", days, (5, 25)))

    assert [(case.period.key, case.passed, case.ahead) for case in cases] == [
        ("2026-02", 5, 23),
        ("2026-02", 25, 3),
        ("2026-03", 5, 26),
        ("2026-03", 25, 6),
    ]
    for case in cases:
        assert case.past[-1].day == case.now.date() - timedelta(days=1)
        assert 0 < case.spent < case.outcome


def test_it_prints_its_tables_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "two.day", 24 * HOUR, 100)

    figures = list(measure(is_short=True, folder=tmp_path))

    told = capsys.readouterr().err
    assert "Months: two 1." in told
    assert "| same as last month | - | - |" in told
    assert "| weekday-weighted run rate |" in told
    assert "statsforecast was not asked" in told
    assert [each.is_met for each in figures if each.target is not None]
    assert "after 25 days" in figures[4].what


def test_without_series_it_says_so_and_measures_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(measure(is_short=True, folder=tmp_path / "none")) == []
    assert "no series of whole months" in capsys.readouterr().err
