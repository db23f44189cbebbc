from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.alert import Alert, AlertState
from service.domain.check import Check
from service.domain.expected import Forecast, why_none
from service.domain.money import Money
from service.domain.state import Drift, OrganizationState, RaiseEnd
from service.domain.status import OrganizationStatus, Standing, StatusState, status_of
from service.domain.usage import FigureState, SpendLimit
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    check,
    euros,
    figure,
    limit,
    override,
    sighting,
    state,
)


def dollars() -> SpendLimit:
    return SpendLimit(Money(Decimal(4500), "USD"))


def moved() -> Drift:
    return Drift(before=limit(4500), observed=limit(7000), since=NOON, seen_at=NOON)


FORECAST = Forecast(
    point=Decimal(1500),
    low=Decimal(1400),
    high=Decimal(1600),
    as_of=NOON,
    days=60,
)
INTERVAL = timedelta(minutes=5)
LATER = NOON + 10 * MINUTE


def status(
    seen: Check | None,
    known: OrganizationState | None = None,
    alerts: Iterable[Alert] = (),
    *,
    is_paused: bool = False,
) -> OrganizationStatus:
    standing = Standing(
        name="acme",
        currency="EUR",
        check=seen,
        state=known,
        alerts=alerts,
        is_paused=is_paused,
    )
    return status_of(standing, interval=INTERVAL, now=LATER)


@pytest.mark.parametrize(
    ("seen", "alerts", "is_paused", "expected"),
    [
        pytest.param(check(), [], False, StatusState.OK, id="all is well"),
        pytest.param(check(), [alert()], False, StatusState.ALERTING, id="an alert"),
        pytest.param(
            check(),
            [alert(state=AlertState.RESOLVED), alert(state=AlertState.PENDING)],
            False,
            StatusState.OK,
            id="only alerts that fire count",
        ),
        pytest.param(check(), [alert()], True, StatusState.PAUSED, id="paused"),
        pytest.param(
            check(spend=figure(None)), [alert()], True, StatusState.UNKNOWN, id="lost"
        ),
        pytest.param(None, [], False, StatusState.UNKNOWN, id="never checked"),
    ],
)
def test_one_word_tells_the_worst(
    seen: Check | None, alerts: list[Alert], expected: StatusState, *, is_paused: bool
) -> None:
    assert status(seen, None, alerts, is_paused=is_paused).state is expected


def test_before_the_first_check_nothing_is_told_and_nothing_is_zero() -> None:
    assert status(None) == OrganizationStatus(
        name="acme",
        currency="EUR",
        state=StatusState.UNKNOWN,
        data_state=FigureState.UNKNOWN,
        data_reason="not_checked",
        data_detail="no check was made yet",
        spend=None,
        last_good_spend=None,
        last_good_at=None,
        spend_limit=None,
        headroom=None,
        burn_rate=None,
        hours_left=None,
        exposure=None,
        data_age=None,
        open_alerts=(),
        last_check_id=None,
        last_check_at=None,
        next_check_at=LATER,
    )


def test_figures_age_between_checks() -> None:
    found = status(check(burn_rate=Decimal(30)), state(last_good=sighting(1000)))

    assert found.spend == euros(1000)
    assert found.headroom == euros(9000)
    assert found.hours_left == 300
    assert found.data_age == 10 * MINUTE
    # Thirty an hour, for the ten minutes past and the five until the next check.
    assert found.exposure == euros("7.5")
    assert found.next_check_at == NOON + INTERVAL


def test_an_unknown_spend_is_shown_beside_the_last_good_one_and_its_age() -> None:
    known = state(currency="EUR", last_good=sighting(900, NOON - HOUR))
    found = status(check(spend=figure(None)), known)

    assert found.spend is None
    assert found.headroom is None
    assert (found.last_good_spend, found.last_good_at) == (euros(900), NOON - HOUR)
    assert found.data_age == 70 * MINUTE
    assert found.data_reason == "lost"


def test_an_unlimited_organization_has_no_headroom_to_run_out_of() -> None:
    found = status(check(limit=limit(None), burn_rate=Decimal(30)))

    assert found.spend_limit == limit(None)
    assert (found.headroom, found.hours_left) == (None, None)


def test_a_persons_choice_is_shown_while_it_holds() -> None:
    on = state(override=override(until=LATER + MINUTE))
    over = state(override=override(until=LATER))

    assert status(check(), on).override_until == LATER + MINUTE
    assert status(check(), over).override_until is None


@pytest.mark.parametrize(
    ("known", "amount", "at"),
    [
        pytest.param({}, 10_000, NOON, id="nothing newer"),
        pytest.param(
            {"limit_known_at": NOON - MINUTE}, 10_000, NOON, id="older than the check"
        ),
        pytest.param(
            {"limit_known_at": NOON + MINUTE}, 4500, NOON + MINUTE, id="set since"
        ),
        pytest.param(
            {"limit_known_at": NOON + MINUTE, "reference": dollars()},
            10_000,
            NOON,
            id="in another currency",
        ),
        pytest.param(
            {"limit_known_at": NOON + MINUTE, "drift": moved()},
            7000,
            NOON + MINUTE,
            id="capped while somebody else's stands",
        ),
    ],
)
def test_the_limit_is_the_newest_that_is_known(
    known: Fields, amount: int, at: datetime
) -> None:
    shown = status(check(), state(**{"reference": limit(4500)} | known))

    assert (shown.spend_limit, shown.spend_limit_at) == (limit(amount), at)
    assert shown.headroom == euros(amount - 1000)


def test_a_limit_set_before_any_check_is_shown() -> None:
    known = state(reference=limit(4500), limit_known_at=NOON)

    assert status(None, known).spend_limit == limit(4500)


def test_a_raise_that_ends_says_when() -> None:
    ends = tuple(
        RaiseEnd(change_id=str(hours), ends_at=NOON + hours * HOUR) for hours in (2, 1)
    )

    assert status(check(), state(raise_ends=ends)).raise_ends_at == NOON + HOUR
    assert status(check(), state()).raise_ends_at is None


def test_an_open_circuit_is_shown() -> None:
    assert status(check(), state(is_circuit_open=True)).is_circuit_open
    assert not status(check()).is_circuit_open


def test_everything_is_shown_of_an_organization_that_is_watched() -> None:
    burning = alert()
    seen = check(burn_rate=Decimal(30), spend=figure(detail="as it should be"))
    known = state(currency="USD", last_good=sighting(900, NOON - HOUR), drift=moved())

    assert status(seen, known, [burning, alert(state=AlertState.RESOLVED)]) == (
        OrganizationStatus(
            name="acme",
            currency="EUR",
            state=StatusState.ALERTING,
            data_state=FigureState.KNOWN,
            data_reason=None,
            data_detail="as it should be",
            spend=euros(1000),
            # What was good was counted in another currency.
            last_good_spend=None,
            last_good_at=None,
            spend_limit=limit(10_000),
            headroom=euros(9000),
            burn_rate=euros(30),
            hours_left=Decimal(300),
            exposure=euros("7.5"),
            data_age=10 * MINUTE,
            open_alerts=(burning,),
            last_check_id="ck_1",
            last_check_at=NOON,
            next_check_at=NOON + INTERVAL,
            spend_limit_at=NOON,
            drift=moved(),
        )
    )


def test_what_was_checked_in_another_currency_is_no_figure_of_this_one() -> None:
    known = state(currency="USD", limit_known_at=NOON)

    found = status(
        check(currency="USD", burn_rate=Decimal(30), forecast=FORECAST), known
    )

    assert (found.spend, found.headroom, found.burn_rate) == (None, None, None)
    assert (found.state, found.data_reason) == (StatusState.UNKNOWN, "currency_changed")
    assert why_none(found.forecast) == (
        "unknown, currency_changed: the last check was in USD, and none was made since"
    )
    assert found.last_check_at == NOON


def test_the_forecast_is_that_of_the_last_check() -> None:
    assert status(check(forecast=FORECAST)).forecast == FORECAST
    assert status(None).forecast is None


def test_a_limit_that_could_not_be_read_was_not_seen_at_any_time() -> None:
    found = status(check(limit=None), state(limit_known_at=None))

    assert (found.spend_limit, found.spend_limit_at) == (None, None)
