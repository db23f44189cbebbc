from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.decision import Told
from service.domain.events import (
    event_kind,
    tell_alert,
    tell_period,
)
from service.domain.money import Money
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from tests.builders import (
    Fields,
    alert,
    euros,
    policy,
)


def step(outcome: Outcome, reason: str = "", **changes: Fields) -> Step:
    return Step(alert=alert(reason=reason), outcome=outcome, **changes)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        pytest.param(step(Outcome.FIRED), EventKind.FIRED, id="fired"),
        pytest.param(
            step(Outcome.FIRING, is_reminder=True), EventKind.REMINDER, id="reminded"
        ),
        pytest.param(
            step(Outcome.RESOLVED, "recovered"), EventKind.RESOLVED, id="recovered"
        ),
        pytest.param(
            step(Outcome.RESOLVED, "period_ended"), None, id="the new period's notice"
        ),
        pytest.param(step(Outcome.FIRING), None, id="a level is no news"),
        pytest.param(step(Outcome.PENDING), None, id="pending is no news"),
        pytest.param(step(Outcome.BELOW), None, id="below is no news"),
        pytest.param(step(Outcome.UNKNOWN), None, id="unknown is told by its own"),
        pytest.param(Step(alert=None, outcome=Outcome.RESOLVED), None, id="no alert"),
    ],
)
def test_a_notification_goes_out_on_the_edge(
    moved: Step, expected: EventKind | None
) -> None:
    assert event_kind(moved) is expected


def test_an_alert_is_told_whole() -> None:
    firing = alert(reason="spend is above", severity=Severity.CRITICAL)
    told = tell_alert(firing, EventKind.FIRED, ("finops",), policy(title="All"))

    assert told == Told(
        event=Event(
            kind=EventKind.FIRED,
            severity=Severity.CRITICAL,
            alert_kind="spend",
            detail="spend is above",
            policy_id="acme-monthly",
            policy_title="All",
            threshold_id="half",
            alert_id=firing.id,
            value=Decimal(2600),
            bound=Decimal(2500),
            unit="EUR",
        ),
        channels=("finops",),
        alert=firing,
    )


def test_the_end_of_an_alert_is_no_emergency() -> None:
    ended = alert(severity=Severity.CRITICAL)

    assert tell_alert(ended, EventKind.RESOLVED, ()).event.severity is Severity.INFO


def test_a_health_event_has_no_policy() -> None:
    event = tell_alert(alert("data_unknown", policy_id=""), EventKind.FIRED, ()).event

    assert (event.policy_id, event.policy_title) == (None, None)


def test_a_new_period_is_told_whole() -> None:
    told = tell_period("2026-09", euros(4000), ("finops",))

    assert told == Told(
        event=Event(
            kind=EventKind.NEW_PERIOD,
            severity=Severity.INFO,
            alert_kind="new_period",
            detail=told.event.detail,
        ),
        channels=("finops",),
    )
    assert told.event.detail.startswith("2026-09 began")


@pytest.mark.parametrize(
    ("last", "words"),
    [(euros(4000), "the spend was 4000.00 EUR"), (None, "nothing is known")],
)
def test_a_new_period_is_told_with_the_result_of_the_last(
    last: Money | None, words: str
) -> None:
    assert words in tell_period("2026-09", last, ()).event.detail


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"policy_id": "", "scope": "acme;categories=ocr"}, "acme;categories=ocr: "),
        ({"policy_id": "", "scope": ""}, ""),
        ({"scope": "acme"}, ""),
    ],
)
def test_news_that_a_part_is_well_again_names_the_part(
    key: dict[str, Fields], said: str
) -> None:
    ended = alert(reason="recovered")
    ended = replace(ended, key=replace(ended.key, **key))

    told = tell_alert(ended, EventKind.RESOLVED, ())

    assert told.event.detail == f"{said}recovered"
