"""What a day or three hours cost, from what earlier checks saw."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.track_state import HoldReason
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    cents_row,
    limit,
    observation,
    reading,
    report,
    snapshot,
)
from tests.unit.domain.daily import DAY, past
from tests.unit.domain.tracked import hold_of, look, tracking


@pytest.mark.parametrize(
    ("before", "of"),
    [
        pytest.param(DAY, 2310, id="half as much again as usual"),
        pytest.param(DAY - 30 * MINUTE, 2310, id="seen half an hour late"),
        pytest.param(DAY - 31 * MINUTE, 2190, id="seen later than that"),
        pytest.param(DAY + MINUTE, 2190, id="not seen since"),
    ],
)
def test_a_lively_day_is_given_more_room(before: timedelta, of: int) -> None:
    watched = tracking()
    seen = observation(NOON + MINUTE - before, 1800)
    watched.memory = replace(watched.memory, observations=(seen,))

    look(watched)

    assert watched.limit == limit(of)


@pytest.mark.parametrize(
    ("hours", "seen", "final", "of"),
    [
        pytest.param(12, 3000, 3100, 410, id="over the turn"),
        pytest.param(12, 3000, None, 290, id="over a turn that is not known"),
        pytest.param(24, 0, 3100, 340, id="from its very beginning"),
    ],
)
def test_over_a_months_turn_a_lively_day_is_known_where_its_end_is(
    hours: int, seen: int, final: int | None, of: int
) -> None:
    spend = 100 * hours // 24
    watched = tracking(of=spend + 1)
    watched.now = NOON.replace(month=9, day=1, hour=0) + hours * HOUR
    watched.memory = replace(
        watched.memory,
        history=past(("2026-07", 100), ("2026-08", 100)),
        observations=(observation(watched.now - DAY, seen),),
        state=replace(
            watched.memory.state,
            period="2026-09",
            final_total=None if final is None else Decimal(final),
        ),
    )
    usage = report(cents_row(spend, day=date(2026, 9, 1)), at=watched.now)
    watched.see(snapshot(at=watched.now, limit=reading(spend, spend + 1), usage=usage))

    assert watched.limit == limit(of)


@pytest.mark.parametrize(("final", "why"), [(3100, HoldReason.PACE), (None, None)])
def test_hours_over_a_months_turn_are_counted_where_its_end_is_known(
    final: int | None, why: HoldReason | None
) -> None:
    watched = tracking(of=500)
    start = NOON.replace(month=9, day=1, hour=1)
    watched.now = start - 3 * HOUR
    watched.memory = replace(
        watched.memory,
        history=past(("2026-07", 100), ("2026-08", 100)),
        observations=(observation(watched.now, 3060),),
        state=replace(
            watched.memory.state,
            period="2026-09",
            final_total=None if final is None else Decimal(final),
        ),
    )
    watched.now = start
    seen = snapshot(30, at=start)
    watched.see(replace(seen, limit=reading(30, 500)))

    assert hold_of(watched) is why
