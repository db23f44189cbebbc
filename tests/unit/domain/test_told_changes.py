"""What is told of a limit change: that it comes, what it came to, why it does not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.decision import Told
from service.domain.events import (
    change_sentence,
    tell_change,
    tell_end,
    tell_skip,
    tell_unasked_skip,
)
from service.domain.limit_change import ChangeKind, ChangeState, SkipReason
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.usage import SpendLimit
from tests.builders import (
    NOON,
    Fields,
    change,
    limit,
    threshold,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"state": ChangeState.PLANNED, "policy_id": "p", "threshold_id": "t"},
            ["will be changed from 500.00 EUR to 600.00 EUR", "(raise by p/t)"],
            id="what will be done",
        ),
        pytest.param(
            {"policy_id": "p", "threshold_id": "t", "expires_at": NOON},
            ["(raise by p/t until 2026-08-20 12:00 UTC)"],
            id="for how long",
        ),
        pytest.param(
            {"kind": ChangeKind.EXPIRY, "policy_id": "p", "threshold_id": "t"},
            ["(the raise by p/t ended)"],
            id="what is taken back",
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
                "note": "only what the provider said is repeated",
                "observed": limit(500),
            },
            ["could not be changed", ": not_in_force, it is now 500.00 EUR"],
            id="what failed",
        ),
        pytest.param(
            {
                "state": ChangeState.FAILED,
                "reason": "rejected",
                "note": "POST /spend-limit: status 402: no",
                "observed": limit(500),
            },
            ["rejected (POST /spend-limit: status 402: no), it is now 500.00 EUR"],
            id="what the provider refused, in its own words",
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


GOOD = (EventKind.LIMIT_CHANGED, Severity.WARNING)
BAD = (EventKind.LIMIT_CHANGE_ENDED, Severity.CRITICAL)
OF_STOP: Fields = {"policy_id": "p", "threshold_id": "stop"}


def without_words(told: Told | None) -> Told:
    """Give what is told without its sentence, which is for people."""
    assert told is not None
    return replace(told, event=replace(told.event, detail=""))


@pytest.mark.parametrize(
    ("state", "told_as", "is_planned"),
    [
        (ChangeState.PLANNED, GOOD, True),
        (ChangeState.APPROVED, GOOD, True),
        pytest.param(ChangeState.EXPIRED, GOOD, True, id="goes on though unanswered"),
        (ChangeState.REQUESTED, GOOD, True),
        (ChangeState.APPLIED, GOOD, False),
        (ChangeState.FAILED, BAD, False),
        (ChangeState.UNKNOWN, BAD, False),
    ],
)
def test_a_change_is_told_as_what_it_came_to(
    state: ChangeState, told_as: tuple[EventKind, Severity], *, is_planned: bool
) -> None:
    moved = change(state=state, alert_id="al_1", **OF_STOP)
    kind, severity = told_as

    assert tell_change(moved, ("finops",)) == Told(
        event=Event(
            kind=kind,
            severity=severity,
            alert_kind="limit_change",
            detail=change_sentence(moved),
            policy_id="p",
            threshold_id="stop",
            alert_id="al_1",
            change_id="lc_1",
            value=Decimal(600),
            bound=Decimal(500),
            unit="EUR",
            is_planned=is_planned,
        ),
        channels=("finops",),
    )


def test_an_unlimited_end_has_no_value() -> None:
    event = tell_change(change(after=limit(None), before=None), ()).event

    assert (event.value, event.bound, event.unit) == (None, None, "")


SKIPPED = change(
    ChangeKind.CAP,
    ChangeState.SKIPPED,
    reason="paused",
    alert_id="al_1",
    **OF_STOP,
)
SKIP_TOLD = Event(
    kind=EventKind.LIMIT_CHANGE_SKIPPED,
    severity=Severity.WARNING,
    alert_kind="limit_change",
    detail="",
    change_id="lc_1",
)


def test_a_skip_is_told_whole() -> None:
    told = tell_skip(SKIPPED, threshold(severity="critical"), ("finops",))
    critical = replace(SKIP_TOLD, severity=Severity.CRITICAL, alert_id="al_1")

    assert without_words(told) == Told(
        event=replace(critical, **OF_STOP), channels=("finops",)
    )


@pytest.mark.parametrize(
    ("kind", "policy_id", "words"),
    [
        (ChangeKind.REVERT, None, "it is not put back (paused)"),
        (ChangeKind.TRACK, "p", "it does not follow the spend (paused)"),
    ],
)
def test_a_change_no_threshold_asked_for_and_that_waits_is_told_whole(
    kind: ChangeKind, policy_id: str | None, words: str
) -> None:
    told = tell_unasked_skip(replace(SKIPPED, kind=kind), ("finops",))

    event = replace(SKIP_TOLD, policy_id=policy_id)
    assert without_words(told) == Told(event=event, channels=("finops",))
    assert told is not None
    assert told.event.detail == f"the limit stays at 500.00 EUR for now: {words}"


@pytest.mark.parametrize(
    ("state", "severity", "words"),
    [
        (ChangeState.SKIPPED, Severity.INFO, "is not taken back"),
        (ChangeState.PLANNED, Severity.WARNING, "cannot be taken back yet"),
    ],
)
def test_a_raise_that_is_not_taken_back_is_told_whole(
    state: ChangeState, severity: Severity, words: str
) -> None:
    told = tell_end(replace(SKIPPED, state=state, alert_id=None), ("finops",))

    assert without_words(told) == Told(
        event=replace(SKIP_TOLD, severity=severity, **OF_STOP), channels=("finops",)
    )
    assert f"the raise by p/stop {words} (paused)" in told.event.detail


@pytest.mark.parametrize("reason", list(SkipReason))
def test_a_skip_is_told_unless_it_is_no_news(reason: SkipReason) -> None:
    skipped = replace(SKIPPED, reason=reason.value)
    of_policy = tell_skip(skipped, threshold(), ("finops",))
    of_nobody = tell_unasked_skip(skipped, ("finops",))

    is_news = reason not in {SkipReason.SUPERSEDED, SkipReason.NO_CHANGE}
    for told in (of_policy, of_nobody):
        assert (told is not None) is is_news
        if told is not None:
            assert "the limit stays at 500.00 EUR" in told.event.detail
            assert f"({reason.value})" in told.event.detail


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param(limit(600), "the cap to 600.00 EUR by p/stop", id="a known end"),
        pytest.param(None, "the cap by p/stop", id="nothing to name"),
    ],
)
def test_a_skip_says_what_is_not_made(after: SpendLimit | None, words: str) -> None:
    told = tell_skip(replace(SKIPPED, after=after), threshold(), ())

    assert told is not None
    assert f"{words} is not made" in told.event.detail
