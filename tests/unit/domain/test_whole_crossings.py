"""Everything that is said of where a threshold stands."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alert import AlertKind
from service.domain.crossing import Crossing, crossing_of, limit_crossing, share_of
from service.domain.policy import Threshold
from service.domain.quantity import Percent
from service.domain.usage import Figure, FigureState, UsageSnapshot
from tests.builders import (
    TOKENS,
    Fields,
    book,
    failure,
    figure,
    limit,
    policy,
    reading,
    report,
    row,
    snapshot,
    threshold,
)

NONE_READ = snapshot(limit=failure(), usage=failure())
SPENT = Crossing(
    kind=AlertKind.SPEND,
    value=Decimal(2500),
    bound=Decimal(2500),
    unit="EUR",
    is_crossed=True,
    is_certain=True,
    may_resolve=False,
    reason="",
)
USED = replace(
    SPENT,
    kind=AlertKind.USAGE,
    value=Decimal(500),
    bound=Decimal(499),
    unit=TOKENS,
)
NEAR = replace(
    SPENT, kind=AlertKind.LIMIT, value=Decimal(90), bound=Decimal(85), unit="%"
)
UNKNOWN: Fields = {
    "value": None,
    "is_crossed": None,
    "is_certain": False,
    "may_resolve": False,
}
SPEND, LIMIT = threshold(spend="50%"), threshold(limit="85%")


def using(above: int) -> Threshold:
    return threshold(usage={"unit": TOKENS, "above": above})


@pytest.mark.parametrize(
    ("watch", "seen", "expected", "says"),
    [
        pytest.param(SPEND, snapshot(2500), SPENT, "2500.00 is at or", id="spend at"),
        pytest.param(
            SPEND,
            snapshot(2000),
            replace(SPENT, value=Decimal(2000), is_crossed=False),
            "2000.00 is below",
            id="spend below",
        ),
        pytest.param(
            SPEND,
            snapshot(2500, usage=failure()),
            replace(SPENT, is_certain=False),
            "EUR (incomplete: ",
            id="spend of one source",
        ),
        pytest.param(
            SPEND,
            NONE_READ,
            replace(SPENT, **UNKNOWN),
            "unknown, provider_unavailable: no answer",
            id="spend unknown",
        ),
        pytest.param(
            using(499),
            snapshot(usage=report(row(100, units=500))),
            USED,
            f"500 {TOKENS} is beyond 499",
            id="usage beyond",
        ),
        pytest.param(
            using(500),
            snapshot(usage=report(row(100, units=500))),
            replace(USED, bound=Decimal(500), is_crossed=False),
            "is not beyond 500",
            id="usage not beyond",
        ),
        pytest.param(
            using(499),
            NONE_READ,
            replace(USED, **UNKNOWN),
            "unknown, provider_unavailable: no answer",
            id="usage unknown",
        ),
        pytest.param(LIMIT, snapshot(9000), NEAR, "EUR, at or above 85%", id="near"),
        pytest.param(
            LIMIT,
            snapshot(8200),
            replace(NEAR, value=Decimal(82), is_crossed=False),
            "82.00 % of the limit 10000.00 EUR, below 85%",
            id="far",
        ),
        pytest.param(
            LIMIT,
            snapshot(9000, limit=reading(9000, limit=None)),
            replace(NEAR, **UNKNOWN),
            "unknown, limit_missing: ",
            id="limit not named",
        ),
        pytest.param(
            LIMIT,
            NONE_READ,
            replace(NEAR, **UNKNOWN),
            "unknown, provider_unavailable: no answer",
            id="limit unknown",
        ),
        pytest.param(
            LIMIT,
            snapshot(9000, None),
            replace(NEAR, value=None, is_crossed=False, may_resolve=True),
            "no limit",
            id="no limit at all",
        ),
    ],
)
def test_where_a_threshold_stands(
    watch: Threshold, seen: UsageSnapshot, expected: Crossing, says: str
) -> None:
    found = crossing_of(policy(watch), watch, book(seen))

    assert replace(found, reason="") == expected
    assert says in found.reason
    # What is certain has no doubt behind it.
    assert ("(" in found.reason) == (found.value is not None and not found.is_certain)


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        pytest.param(
            figure(9000, FigureState.INCOMPLETE, is_one_sided=True),
            replace(NEAR, is_certain=False),
            id="of one source",
        ),
        pytest.param(figure(None), replace(NEAR, **UNKNOWN), id="unknown"),
    ],
)
def test_a_limit_is_as_near_as_the_spend_is_certain(
    spent: Figure, expected: Crossing
) -> None:
    found = limit_crossing(spent, limit(10_000), Percent(Decimal(85)))

    assert replace(found, reason="") == expected


@pytest.mark.parametrize(
    ("amount", "is_by_bound"),
    [
        pytest.param("8499.99", True, id="what is known is below"),
        pytest.param("8500", False, id="what is known is at the bound"),
    ],
)
def test_a_limit_is_near_by_bound_only_below_what_is_known(
    amount: str, *, is_by_bound: bool
) -> None:
    spent = figure(amount, FigureState.INCOMPLETE, upper=Decimal(9000))
    found = limit_crossing(spent, limit(10_000), Percent(Decimal(85)))

    assert (found.is_crossed, found.is_by_bound) == (True, is_by_bound)


def test_a_share_is_never_told_larger_than_it_is() -> None:
    # 84.99999 % must not be shown as the 85 % that it has not reached.
    assert share_of(Decimal("8499.999"), Decimal(10_000)) == Decimal("84.9999")
