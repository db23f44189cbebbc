"""Failed attempts are counted per address, and memory stays bounded."""

from datetime import UTC, datetime, timedelta

import pytest

from service.api.throttle import (
    ADDRESSES_KEPT,
    FAILURES_ALLOWED,
    Throttle,
    network_of,
)

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)


def test_an_address_is_stopped_until_its_failures_are_a_minute_old() -> None:
    throttle = Throttle()
    for _ in range(FAILURES_ALLOWED):
        assert not throttle.failed("a", NOON).is_too_often

    assert throttle.failed("a", NOON).is_too_often
    assert not throttle.failed("b", NOON).is_too_often
    assert not throttle.failed("a", NOON + timedelta(minutes=1)).is_too_often


def test_going_on_does_not_prolong_the_wait() -> None:
    throttle = Throttle()
    for second in range(60):
        throttle.failed("a", NOON + timedelta(seconds=second))

    assert not throttle.failed("a", NOON + timedelta(seconds=60)).is_too_often


def test_each_address_is_recorded_once_a_minute() -> None:
    throttle = Throttle()
    recorded = [
        throttle.failed("a", NOON + timedelta(seconds=second)).is_to_be_recorded
        for second in range(0, 121, 20)
    ]

    assert recorded == [True, False, False, True, False, False, True]


def test_only_so_many_addresses_are_remembered() -> None:
    throttle = Throttle()
    for number in range(ADDRESSES_KEPT + 1):
        throttle.failed(str(number), NOON)

    assert throttle.failed("0", NOON).is_to_be_recorded
    assert not throttle.failed(str(ADDRESSES_KEPT), NOON).is_to_be_recorded


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_one_subscriber_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
