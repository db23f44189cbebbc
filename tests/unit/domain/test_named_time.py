"""Times as tests of policies name them."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.named_time import parse_time

START = datetime(2026, 8, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-08-21", datetime(2026, 8, 21, tzinfo=UTC)),
        ("2026-08-21 14:30", datetime(2026, 8, 21, 14, 30, tzinfo=UTC)),
        ("2026-08-21T14:30", datetime(2026, 8, 21, 14, 30, tzinfo=UTC)),
        ("day 5", datetime(2026, 8, 5, tzinfo=UTC)),
        ("day 25 09:05", datetime(2026, 8, 25, 9, 5, tzinfo=UTC)),
        ("+6h", START + timedelta(hours=6)),
        ("+2d 90m", START + timedelta(days=2, minutes=90)),
        ("+2h15m", START + timedelta(hours=2, minutes=15)),
    ],
)
def test_a_time_is_a_moment_of_the_test(text: str, at: datetime) -> None:
    named = parse_time(text)

    assert named.of(START) == at
    assert str(named) == text
    assert parse_time(named) is named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("14:00", "expected a time like 2026-08-20 14:00, day 20 14:00 or +6h"),
        ("day 32", "expected a time like"),
        ("2026-08-20 24:00", "expected a time like"),
        ("2026-02-30", "no such day: 2026-02-30"),
        ("+6", "expected a time like"),
        (20, "expected a time like"),
    ],
)
def test_anything_else_is_refused_with_examples(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("+", r"\+")):
        parse_time(text)
