from dataclasses import replace
from datetime import timedelta

from service.domain.decision import Told
from service.domain.messages import (
    HOLD,
    Envelope,
    merged,
    notification_id,
    notifications_of,
    with_events,
)
from service.domain.notification import Event, EventKind, Figures, Message
from service.domain.policy import Severity
from tests.builders import MINUTE, NOON, Fields
from tests.unit.domain.messages import event, notification

INFO = event(severity=Severity.INFO, detail="half is spent")
CRITICAL = event(severity=Severity.CRITICAL, detail="all is spent")


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


def test_a_backlog_becomes_one_message_in_its_order() -> None:
    newest = notification(event(detail="third"), id="nt_3")
    older = [notification(CRITICAL, id="nt_1"), notification(INFO, id="nt_2")]

    whole = merged(newest, older)

    assert whole.id == "nt_3"
    details = [each.detail for each in whole.message.events]
    assert details == ["all is spent", "half is spent", "third"]
    assert whole.message.severity is Severity.CRITICAL
