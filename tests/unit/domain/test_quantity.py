"""Percents, amounts, durations: what is read, and what is refused in which words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.quantity import (
    Multiple,
    Percent,
    SpendPlus,
    as_written,
    parse_amount,
    parse_cap_target,
    parse_duration,
    parse_multiple,
    parse_percent,
    parse_share_or_amount,
    rough_duration,
    shown_duration,
)


def test_a_percent_is_taken_exactly() -> None:
    assert Percent(Decimal("33.3")).of(Decimal(5000)) == Decimal(1665)
    assert str(Percent(Decimal("80.0"))) == "80%"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (2500, Decimal(2500)),
        (Decimal("1000.10"), Decimal("1000.10")),
        ("1000.10", Decimal("1000.10")),
        (0, Decimal(0)),
    ],
)
def test_an_amount_keeps_its_digits(written: object, read: Decimal) -> None:
    amount = parse_amount(written)

    assert str(amount) == str(read)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (0.5, "expected an amount"),
        (True, "not true"),
        (None, "not nothing"),
        ([1], "not a list"),
        ({"a": 1}, "not a mapping"),
        (-5, "not negative"),
        ("-5", "expected an amount"),
        ("1_000", "not '1_000'"),
        ("5000 EUR", "bare number"),
        ("\u0665", "expected an amount"),
        ("80%", "nothing to take it of"),
        (Decimal("NaN"), "can be paid"),
        (Decimal("1e18"), "at most 18 digits"),
        (Decimal("1e-13"), "at most 12 decimals"),
    ],
)
def test_what_is_no_amount_is_refused(written: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_amount(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("80%", Percent(Decimal(80))),
        ("12.5 %", Percent(Decimal("12.5"))),
        (Percent(Decimal(1)), Percent(Decimal(1))),
        (2500, Decimal(2500)),
    ],
)
def test_a_share_or_an_amount_is_told_apart(written: object, read: object) -> None:
    assert parse_share_or_amount(written) == read


@pytest.mark.parametrize("written", ["3h", "%", "eighty percent", "8 0%", "1e2%"])
def test_what_is_neither_share_nor_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="like 80% or an amount like 2500") as refused:
        parse_share_or_amount(written)
    assert as_written(written) in str(refused.value)


def test_a_percent_needs_its_sign() -> None:
    assert parse_percent(Percent(Decimal(85))) == parse_percent("85%")
    for written in (85, "85", "spend"):
        with pytest.raises(ValueError, match="expected a percent like 85%") as refused:
            parse_percent(written)
        assert as_written(written) in str(refused.value)


@pytest.mark.parametrize(
    ("written", "read", "shown"),
    [
        ("spend + 5%", SpendPlus(Percent(Decimal(5))), "spend + 5%"),
        ("spend+100", SpendPlus(Decimal(100)), "spend + 100.00"),
        (SpendPlus(Decimal(1)), SpendPlus(Decimal(1)), "spend + 1.00"),
        ("100%", Percent(Decimal(100)), "100%"),
        (4200, Decimal(4200), "4200"),
    ],
)
def test_a_cap_stands_at_an_amount_a_share_or_the_spend(
    written: object, read: object, shown: str
) -> None:
    target = parse_cap_target(written)

    assert target == read
    assert str(target) == shown


@pytest.mark.parametrize("written", ["spend - 5%", "spend", "spent + 5%", "", None])
def test_what_is_no_cap_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"100%, 4200 or spend \+ 5%") as refused:
        parse_cap_target(written)
    assert as_written(written) in str(refused.value)


@pytest.mark.parametrize(
    ("written", "read", "shown"),
    [
        ("90s", timedelta(seconds=90), "90s"),
        ("15m", timedelta(minutes=15), "15m"),
        ("1.5h", timedelta(minutes=90), "90m"),
        ("24h", timedelta(days=1), "1d"),
        ("3d", timedelta(days=3), "3d"),
        ("366d", timedelta(days=366), "366d"),
        ("0s", timedelta(0), "0s"),
        (timedelta(hours=2), timedelta(hours=2), "2h"),
    ],
)
def test_a_duration_has_a_unit(written: object, read: timedelta, shown: str) -> None:
    duration = parse_duration(written)

    assert duration == read
    assert shown_duration(duration) == shown


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("6", "with its unit"),
        (6, "with its unit"),
        ("6 hours", "with its unit"),
        ("-6h", "with its unit"),
        ("1h30m", "with its unit"),
        ("0.5s", "whole seconds"),
        ("367d", "at most 366d"),
        ("999999999d", "at most 366d"),
    ],
)
def test_what_is_no_duration_is_refused(written: object, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        parse_duration(written)
    assert as_written(written) in str(refused.value)


def test_what_a_person_wrote_is_repeated_briefly() -> None:
    assert as_written(False) == "false"  # noqa: FBT003 - the value is what is written
    assert as_written("x" * 40) == repr("x" * 40)
    assert as_written("x" * 41) == repr("x" * 40 + "…")
    assert as_written(Decimal("1.50")) == "1.50"


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_how_long_ago_is_said_in_one_unit(duration: timedelta, said: str) -> None:
    assert rough_duration(duration) == said


@pytest.mark.parametrize(
    ("written", "times"),
    [("5x", "5"), ("1.5 x", "1.5"), (Multiple(Decimal(2)), "2")],
)
def test_a_multiple_has_its_sign(written: object, times: str) -> None:
    assert parse_multiple(written) == Multiple(Decimal(times))
    assert str(parse_multiple(written)) == f"{times}x"


@pytest.mark.parametrize("written", [5, "5", "x5", "5 times", "-5x", None])
def test_what_is_no_multiple_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a multiple of the usual like 5x"):
        parse_multiple(written)
