"""Durations are counted in the bucket they belong to."""

import pytest

from service.domain.durations import BOUNDS, Histogram


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (0.01, 0), (0.011, 1), (45.0, len(BOUNDS) - 1), (45.1, len(BOUNDS))],
)
def test_a_duration_counts_in_the_first_bucket_that_is_not_below_it(
    seconds: float, bucket: int
) -> None:
    counts = Histogram().with_one(seconds).counts

    assert [index for index, number in enumerate(counts) if number] == [bucket]


def test_durations_add_up() -> None:
    seen = Histogram().with_one(0.5).with_one(1.5).with_one(99.0)

    assert seen.total_seconds == 101.0
    assert sum(seen.counts) == 3
    assert max(seen.with_one(0.5).with_one(0.5).counts) == 3
