"""From the outbox to a channel: claimed, sent, recorded; nothing is lost."""

from datetime import timedelta

import pytest

from service.domain.audit import AuditAction
from service.domain.notification import (
    Delivery,
    Notification,
    NotificationState,
)
from service.pipeline.deliver import (
    CLAIM_FOR,
    deliver_channel,
    deliver_due,
    due_channels,
)
from tests.builders import DAY, HOUR, MINUTE, NOON
from tests.unit.domain.messages import message, notification
from tests.unit.pipeline.checked_world import World
from tests.unit.pipeline.outbox_world import (
    FAILED,
    SECOND,
    dead,
    keep_delivering,
    one,
    the,
    world_of,
)


def test_an_empty_outbox_is_no_work() -> None:
    world = world_of()

    assert deliver_due(world.services()) == 0
    assert world.opened == 1  # the one that put nothing into it


def test_looking_for_work_opens_no_transaction() -> None:
    world = world_of(one("a"), one("b", "mail"), finops=None, mail=None)
    opened = world.opened

    assert due_channels(world.services()) == ("finops", "mail")
    assert world.opened == opened


def test_what_is_due_is_sent_once_and_recorded() -> None:
    world = world_of(notification())

    assert world.deliver() == 1
    assert world.deliver() == 0

    (sent,) = world.channels["finops"].attempts
    assert sent == (message(), "nt_1")
    kept = the(world)
    assert kept.state is NotificationState.DELIVERED
    assert (kept.attempts, kept.delivered_at, kept.claimed_at) == (1, NOON, None)
    (fact,) = world.facts(AuditAction.NOTIFICATION_DELIVERED)
    assert (fact.target, fact.outcome) == ("notification:nt_1", "delivered")


def test_messages_of_a_channel_go_out_oldest_first() -> None:
    world = world_of(one("a"), one("b"), one("c"))

    assert world.deliver() == 3

    assert world.channels["finops"].ids == ["a", "b", "c"]


def test_what_is_held_is_not_sent_before_its_time() -> None:
    world = world_of(notification(next_attempt_at=NOON + 5 * SECOND))

    assert world.deliver(after=4 * SECOND) == 0
    assert world.deliver(after=SECOND) == 1


def test_a_message_is_claimed_while_it_is_sent() -> None:
    world = world_of(notification())
    seen: list[Notification] = []
    world.channels["finops"].during = lambda: seen.append(the(world))

    world.deliver()

    (during,) = seen
    assert (during.state, during.claimed_at) == (NotificationState.SENDING, NOON)


def test_of_two_who_deliver_one_sends() -> None:
    world = world_of(notification())
    attempts: list[int] = []
    channel = world.channels["finops"]
    channel.during = lambda: attempts.append(deliver_due(world.services()))

    assert world.deliver() == 1

    assert attempts == [0]
    assert channel.ids == ["nt_1"]


def test_a_claim_lost_in_the_same_moment_leaves_the_message_to_the_winner() -> None:
    world = world_of(one("a"), one("b"))
    world.tables.lost_claims.add("a")

    world.deliver()

    assert world.channels["finops"].ids == ["b"]


def test_a_sender_that_died_has_its_message_sent_again_under_its_id() -> None:
    world = world_of(notification())

    def die() -> None:
        raise KeyboardInterrupt

    world.channels["finops"].during = die
    with pytest.raises(KeyboardInterrupt):
        deliver_channel(world.services(), "finops")

    assert world.deliver(after=CLAIM_FOR) == 0
    assert world.deliver(after=timedelta(microseconds=1)) == 1
    assert world.channels["finops"].ids == ["nt_1", "nt_1"]
    assert the(world).state is NotificationState.DELIVERED


def test_a_process_that_is_alone_takes_what_was_left_at_once() -> None:
    left = notification(
        state=NotificationState.SENDING, claimed_at=NOON - timedelta(seconds=1)
    )
    world = world_of(left)

    assert deliver_due(world.services(), timedelta(0)) == 1


def test_a_failure_is_recorded_and_tried_again_later() -> None:
    world = world_of(notification())
    world.channels["finops"].answers.append(FAILED)

    assert world.deliver() == 1

    kept = the(world)
    assert (kept.state, kept.attempts, kept.error) == (
        NotificationState.FAILED,
        1,
        "503",
    )
    assert kept.next_attempt_at == NOON + 5 * SECOND
    (fact,) = world.facts(AuditAction.NOTIFICATION_FAILED)
    assert (fact.outcome, fact.reason) == ("failed", "503")

    assert world.deliver(after=5 * SECOND) == 1
    assert (the(world).state, the(world).error) == (NotificationState.DELIVERED, "")


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_waits_double_with_jitter_up_to_a_quarter_of_an_hour(jitter: float) -> None:
    world = world_of(notification())
    world.jitter = jitter
    dead(world, "finops")
    waits = []
    for _ in range(11):
        world.clock.set(the(world).next_attempt_at)
        world.deliver()
        waits.append(the(world).next_attempt_at - world.clock.now())

    share = 2 if jitter else 1
    doubling = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert waits == [max(seconds / share, 5) * SECOND for seconds in doubling]


def test_nobody_is_asked_again_sooner_than_they_asked_for() -> None:
    world = world_of(notification())
    asked = Delivery(is_delivered=False, error="429", retry_after=HOUR)
    world.channels["finops"].answers.append(asked)

    world.deliver()

    assert the(world).next_attempt_at == NOON + HOUR
    assert world.deliver(after=HOUR - SECOND) == 0
    assert world.deliver(after=SECOND) == 1


def test_after_a_day_a_message_is_given_up_on_record() -> None:
    world = world_of(notification())
    dead(world, "finops")

    keep_delivering(world, DAY + 30 * MINUTE, every=MINUTE)

    assert the(world).state is NotificationState.ABANDONED
    assert the(world).error == "503"
    (fact,) = world.facts(AuditAction.NOTIFICATION_ABANDONED)
    assert fact.outcome == "abandoned"
    attempts = len(world.channels["finops"].ids)
    keep_delivering(world, HOUR, every=MINUTE)
    assert len(world.channels["finops"].ids) == attempts


def test_one_failure_stops_its_own_channel_alone() -> None:
    world = world_of(
        one("a"), one("b", "mail"), one("c"), one("d", "mail"), finops=None, mail=None
    )
    dead(world, "finops")

    assert world.deliver() == 3

    assert world.channels["finops"].ids == ["a"]
    assert world.channels["mail"].ids == ["b", "d"]
    assert the(world, "c").state is NotificationState.PENDING


@pytest.mark.parametrize("error", [RuntimeError("sg_test_secret"), OSError(111)])
def test_a_channel_that_raises_has_failed_and_leaks_nothing(error: Exception) -> None:
    world = world_of(one("a"), one("b", "mail"), finops=None, mail=None)
    world.channels["finops"].answers.append(error)

    assert world.deliver() == 2

    kept = the(world, "a")
    assert kept.state is NotificationState.FAILED
    assert type(error).__name__ in kept.error
    assert "sg_test" not in str(world.facts()) + kept.error
    assert the(world, "b").state is NotificationState.DELIVERED


def taken_over(world: World) -> None:
    """Let another deliver while an attempt hangs for longer than its claim."""
    world.deliver(after=CLAIM_FOR + SECOND)


def test_a_failure_that_comes_too_late_changes_nothing_that_others_found() -> None:
    world = world_of(notification())
    channel = world.channels["finops"]
    channel.answers.extend([Delivery(is_delivered=True), FAILED])

    # The first attempt hangs; another takes the message over and delivers it.
    channel.during = lambda: taken_over(world)
    assert world.deliver() == 1

    assert the(world).state is NotificationState.DELIVERED
    assert world.facts(AuditAction.NOTIFICATION_FAILED) == []
    assert channel.ids == ["nt_1", "nt_1"]


def test_a_success_that_comes_late_is_a_success() -> None:
    world = world_of(notification())
    channel = world.channels["finops"]
    channel.answers.extend([FAILED, Delivery(is_delivered=True)])
    channel.during = lambda: taken_over(world)

    world.deliver()

    assert the(world).state is NotificationState.DELIVERED


def test_every_attempt_is_in_the_organizations_chain() -> None:
    world = world_of(notification())
    world.channels["finops"].answers.append(FAILED)

    world.deliver()
    world.deliver(after=MINUTE)

    assert [(fact.chain, fact.action.value) for fact in world.facts()] == [
        ("acme", "notification:queued"),
        ("acme", "notification:failed"),
        ("acme", "notification:delivered"),
    ]
