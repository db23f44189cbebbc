from tests.builders import limit


def test_unlimited_is_no_amount_and_zero_is_one() -> None:
    assert limit(None).is_unlimited
    assert not limit(0).is_unlimited
    assert limit(None) != limit(0)


def test_limits_are_written_for_people() -> None:
    assert str(limit(None)) == "unlimited"
    assert str(limit(500)) == "500.00 EUR"
