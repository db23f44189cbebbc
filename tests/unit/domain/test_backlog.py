"""A backlog of one channel: merged into one message, and parted when it is too old."""

import re
from dataclasses import replace

from service.domain.audit import Head
from service.domain.messages import merged, parted
from service.domain.notification import Figures
from service.domain.policy import Severity
from tests.builders import HOUR, MINUTE, NOON
from tests.unit.domain.messages import event, message, notification

FIRST = event(detail="first", severity=Severity.CRITICAL)
SECOND = event(detail="second", severity=Severity.INFO)
THIRD = event(detail="third")


def head(seq: int) -> tuple[Head, ...]:
    return (Head(chain="acme", seq=seq, hash="a" * 64),)


def test_a_backlog_becomes_the_newest_message_with_all_events_in_their_order() -> None:
    newest = notification(
        THIRD, id="nt_3", created_at=NOON, next_attempt_at=NOON + MINUTE
    )
    older = [
        notification(FIRST, id="nt_1", created_at=NOON - 2 * HOUR),
        notification(SECOND, id="nt_2", created_at=NOON - HOUR),
    ]

    assert merged(newest, iter(older)) == replace(
        newest,
        created_at=NOON - 2 * HOUR,
        message=message(
            replace(FIRST, waits_since=NOON - 2 * HOUR),
            replace(SECOND, waits_since=NOON - HOUR),
            replace(THIRD, waits_since=NOON),
            severity=Severity.CRITICAL,
        ),
    )


def test_an_event_that_was_merged_before_waits_since_its_first_message() -> None:
    later = replace(SECOND, waits_since=NOON - HOUR)
    older = notification(FIRST, later, id="nt_1", created_at=NOON - 5 * HOUR)

    whole = merged(notification(THIRD), [older])

    assert [each.waits_since for each in whole.message.events] == [
        NOON - 5 * HOUR,
        NOON - HOUR,
        NOON,
    ]


def test_a_merged_message_has_the_newest_figures_and_the_newest_heads() -> None:
    first, second = (
        notification(message=message(SECOND, heads=head(seq), figures=old))
        for seq, old in ((1, Figures(state="unknown")), (2, None))
    )
    bare = notification(message=message(THIRD, figures=Figures(state="known")))
    own = notification(message=message(THIRD, heads=head(3)))

    assert merged(bare, [first, second]).message.heads == head(2)
    assert merged(own, [first, second]).message.heads == head(3)
    assert merged(bare, []).message.heads == ()
    assert merged(bare, [first]).message.figures == Figures(state="known")


def test_what_is_too_old_is_parted_from_the_rest_which_keeps_the_id() -> None:
    young = replace(THIRD, waits_since=NOON), replace(SECOND, waits_since=NOON + HOUR)
    whole = notification(FIRST, *young, created_at=NOON - HOUR, attempts=9)

    gone, kept = parted(whole, NOON - MINUTE)

    assert gone == replace(
        whole, id=gone.id, message=message(FIRST, severity=Severity.CRITICAL)
    )
    assert kept == replace(whole, created_at=NOON, message=message(*young))
    assert re.fullmatch("nt_[0-9a-f]{24}", gone.id)


def test_what_is_kept_is_as_old_as_the_oldest_of_it() -> None:
    young = [replace(SECOND, waits_since=NOON + n * MINUTE) for n in (5, 2, 9)]
    whole = notification(FIRST, *young, created_at=NOON - HOUR)

    _, kept = parted(whole, NOON)

    assert kept is not None
    assert kept.created_at == NOON + 2 * MINUTE


def test_what_has_waited_for_just_so_long_is_too_old() -> None:
    at_noon, later = FIRST, replace(SECOND, waits_since=NOON + MINUTE)

    gone, kept = parted(notification(at_noon, later, created_at=NOON), NOON)

    assert gone.message.events == (at_noon,)
    assert kept is not None
    assert kept.message.events == (later,)


def test_a_message_that_is_too_old_as_a_whole_is_not_parted() -> None:
    whole = notification(FIRST, SECOND, created_at=NOON)

    assert parted(whole, NOON) == (whole, None)


def test_each_part_that_is_given_up_has_an_id_of_its_own() -> None:
    young = replace(SECOND, waits_since=NOON + HOUR)
    wholes = [
        notification(FIRST, young, id=id_, created_at=at)
        for id_ in ("nt_1", "nt_2")
        for at in (NOON, NOON - MINUTE)
    ]
    ids = {parted(each, NOON)[0].id for each in wholes}

    assert len(ids | {"nt_1", "nt_2"}) == 6
