import pytest

from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.events import (
    change_sentence,
    event_kind,
    tell_alert,
    tell_change,
    tell_period,
    tell_skip,
)
from service.domain.limit_change import ChangeKind, ChangeState, SkipReason
from service.domain.notification import EventKind
from service.domain.policy import Severity
from tests.builders import Fields, alert, change, euros, limit, policy, threshold


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


def test_an_alerts_event_names_policy_and_threshold() -> None:
    firing = alert(reason="spend is above", severity=Severity.CRITICAL)
    event = tell_alert(firing, EventKind.FIRED, ("finops",), policy(title="All")).event

    assert (event.policy_id, event.threshold_id) == ("acme-monthly", "half")
    assert (event.policy_title, event.detail) == ("All", "spend is above")
    assert (event.alert_id, event.severity) == (firing.id, Severity.CRITICAL)
    assert (str(event.value), str(event.bound), event.unit) == ("2600", "2500", "EUR")


def test_a_health_event_has_no_policy() -> None:
    event = tell_alert(alert("data_unknown", policy_id=""), EventKind.FIRED, ()).event

    assert (event.policy_id, event.policy_title) == (None, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"state": ChangeState.PLANNED, "policy_id": "p", "threshold_id": "t"},
            ["will be changed from 500.00 EUR to 600.00 EUR", "raise by p/t"],
            id="what will be done",
        ),
        pytest.param({"state": ChangeState.REQUESTED}, ["will be"], id="under way"),
        pytest.param(
            {"kind": ChangeKind.MANUAL, "requested_by": "key:alice"},
            ["the limit changed from 500.00 EUR to 600.00 EUR", "manual by key:alice"],
            id="what a person did",
        ),
        pytest.param(
            {
                "state": ChangeState.FAILED,
                "reason": "not_in_force",
                "observed": limit(500),
            },
            ["could not be changed", "not_in_force", "it is now 500.00 EUR"],
            id="what failed",
        ),
        pytest.param(
            {"state": ChangeState.UNKNOWN}, ["may have been changed"], id="who knows"
        ),
        pytest.param(
            {"before": None, "after": limit(None)},
            ["from an unreadable limit to unlimited"],
            id="what cannot be named",
        ),
    ],
)
def test_a_change_is_said_in_a_sentence(changes: Fields, words: list[str]) -> None:
    sentence = change_sentence(change(**changes))

    assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize(
    ("state", "kind", "severity", "is_planned"),
    [
        (ChangeState.PLANNED, EventKind.LIMIT_CHANGED, Severity.WARNING, True),
        (ChangeState.APPLIED, EventKind.LIMIT_CHANGED, Severity.WARNING, False),
        (ChangeState.FAILED, EventKind.LIMIT_CHANGE_ENDED, Severity.CRITICAL, False),
        (ChangeState.UNKNOWN, EventKind.LIMIT_CHANGE_ENDED, Severity.CRITICAL, False),
    ],
)
def test_a_change_is_told_as_what_it_came_to(
    state: ChangeState, kind: EventKind, severity: Severity, *, is_planned: bool
) -> None:
    event = tell_change(change(state=state), ("finops",)).event

    assert (event.kind, event.severity, event.is_planned) == (
        kind,
        severity,
        is_planned,
    )
    assert (str(event.value), str(event.bound), event.unit) == ("600", "500", "EUR")


def test_an_unlimited_end_has_no_value() -> None:
    event = tell_change(change(after=limit(None), before=None), ()).event

    assert (event.value, event.bound, event.unit) == (None, None, "")


@pytest.mark.parametrize("reason", list(SkipReason))
def test_a_skip_is_told_unless_it_is_no_news(reason: SkipReason) -> None:
    skipped = change(
        ChangeKind.CAP,
        ChangeState.SKIPPED,
        reason=reason.value,
        policy_id="p",
        threshold_id="t",
    )
    told = tell_skip(skipped, threshold(severity="critical"), ("finops",))

    is_news = reason not in {SkipReason.SUPERSEDED, SkipReason.NO_CHANGE}
    assert (told is not None) is is_news
    if told is not None:
        assert told.event.severity is Severity.CRITICAL
        assert reason.value in told.event.detail
        assert "the cap to 600.00 EUR by p/t is not made" in told.event.detail


def test_a_new_period_is_told_with_the_result_of_the_last() -> None:
    assert (
        "the spend was 4000.00 EUR"
        in tell_period("2026-09", euros(4000), ()).event.detail
    )
    unknown = tell_period("2026-09", None, ()).event
    assert "nothing is known" in unknown.detail
    assert unknown.severity is Severity.INFO
