from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.decision import Told
from service.domain.messages import (
    HOLD,
    Envelope,
    message_of,
    notification_id,
    notifications_of,
    with_events,
)
from service.domain.notification import (
    Burner,
    Event,
    EventKind,
    Figures,
    Message,
    Notification,
    NotificationState,
)
from service.domain.policy import Severity
from tests.builders import MINUTE, NOON, Fields, euros
from tests.unit.domain.messages import event, notification

INFO = event(severity=Severity.INFO, detail="half is spent")
CRITICAL = event(severity=Severity.CRITICAL, detail="all is spent")


PAGE = "https://guard.example/approvals/ap_1/page"


def envelope(**changes: Fields) -> Envelope:
    built = Envelope(occasion="ck_1", organization="acme", at=NOON, period="2026-08")
    return replace(built, **changes)


def told(of: Event, *channels: str) -> Told:
    return Told(event=of, channels=channels)


def test_each_channel_gets_one_message_with_all_that_is_for_it() -> None:
    made = notifications_of(
        [told(INFO, "finops"), told(CRITICAL, "finops", "oncall")], envelope()
    )

    assert {each.channel: each.message.events for each in made} == {
        "finops": (INFO, CRITICAL),
        "oncall": (CRITICAL,),
    }


def test_a_notification_carries_all_that_its_occasion_shares() -> None:
    figures, burner = (
        Figures(state="known"),
        Burner(dimension="model", name="large", spend=euros(70)),
    )
    shared: Fields = {
        "figures": figures,
        "burners": (burner,),
        "revision": "c0ffee",
        "commit": "abc1234",
        "author": "Ann",
        "link": "https://guard.example",
    }
    (made,) = notifications_of([told(INFO, "finops")], envelope(**shared))

    assert made == Notification(
        id=notification_id("ck_1", "finops"),
        channel="finops",
        organization="acme",
        message=Message(
            organization="acme",
            at=NOON,
            period="2026-08",
            severity=Severity.INFO,
            events=(INFO,),
            **shared,
        ),
        state=NotificationState.PENDING,
        created_at=NOON,
        next_attempt_at=NOON,
    )


def test_each_channel_has_an_id_of_its_own_for_each_occasion() -> None:
    pairs = [("ck_1", "a"), ("ck_1", "b"), ("ck_2", "a")]
    ids = {notification_id(*pair) for pair in pairs}

    assert len(ids) == 3
    assert all(each.startswith("nt_") for each in ids)


@pytest.mark.parametrize(
    ("kind", "public_url", "link"),
    [
        (EventKind.APPROVAL_REQUESTED, "https://guard.example", PAGE),
        (EventKind.APPROVAL_REMINDER, "https://guard.example/", PAGE),
        pytest.param(
            EventKind.APPROVAL_REQUESTED,
            "https://guard.example/X",
            PAGE.replace(".example/", ".example/X/"),
            id="a page below an address",
        ),
        pytest.param(EventKind.APPROVAL_REQUESTED, None, None, id="no page is served"),
        pytest.param(
            EventKind.APPROVAL_GRANTED, "https://guard.example", None, id="answered"
        ),
    ],
)
def test_what_waits_for_an_answer_links_to_the_page_that_takes_it(
    kind: EventKind, public_url: str | None, link: str | None
) -> None:
    asked = event(kind, approval_id="ap_1")

    message = message_of((asked,), envelope(link=public_url))

    assert message.events == (replace(asked, link=link),)


def test_a_message_is_as_severe_as_the_worst_in_it() -> None:
    (made,) = notifications_of([told(INFO, "a"), told(CRITICAL, "a")], envelope())

    assert made.message.severity is Severity.CRITICAL


def test_nothing_to_tell_is_no_message() -> None:
    assert notifications_of([], envelope()) == ()
    assert notifications_of([told(INFO)], envelope()) == ()


def test_a_message_may_wait_for_the_limit_change_of_its_check() -> None:
    (at_once,) = notifications_of([told(INFO, "a")], envelope())
    (held,) = notifications_of([told(INFO, "a")], envelope(), hold=HOLD)

    assert at_once.next_attempt_at == NOON
    assert held.next_attempt_at == NOON + timedelta(seconds=5)
    assert at_once.id == held.id == notification_id("ck_1", "a")


def test_the_same_occasion_makes_the_same_ids() -> None:
    first = notifications_of([told(INFO, "a", "b")], envelope())
    again = notifications_of([told(INFO, "b", "a")], envelope())

    assert {each.id for each in first} == {each.id for each in again}
    other = notifications_of([told(INFO, "a")], envelope(occasion="ck_2"))
    assert other[0].id not in {each.id for each in first}


PLANNED = event(EventKind.LIMIT_CHANGED, change_id="lc_1", is_planned=True)
DONE = event(EventKind.LIMIT_CHANGED, change_id="lc_1", severity=Severity.CRITICAL)


def test_what_was_planned_gives_way_to_how_it_ended() -> None:
    whole = with_events(notification(INFO, PLANNED), notification(DONE), NOON + MINUTE)

    assert whole.message.events == (INFO, DONE)
    assert whole.message.severity is Severity.CRITICAL
    assert whole.next_attempt_at == NOON + MINUTE


def test_another_plan_stays() -> None:
    other = event(EventKind.LIMIT_CHANGED, change_id="lc_2", is_planned=True)

    whole = with_events(notification(other), notification(DONE, INFO), NOON)

    assert whole.message.events == (other, DONE, INFO)


def test_newer_figures_win_and_older_ones_are_kept_without_any() -> None:
    old, new = Figures(state="known"), Figures(state="unknown")
    waiting = notification(message=message_with(old))

    assert (
        with_events(
            waiting, notification(message=message_with(new)), NOON
        ).message.figures
        == new
    )
    assert with_events(waiting, notification(), NOON).message.figures == old


def message_with(figures: Figures) -> Message:
    (made,) = notifications_of([told(INFO, "a")], envelope(figures=figures))
    return made.message
