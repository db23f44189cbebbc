"""A channel that fails: who gets its messages, and how its backlog arrives."""

from service.domain.audit import AuditAction
from service.domain.notification import (
    Delivery,
    NotificationState,
)
from service.domain.policy import Severity
from service.pipeline.outbox import enqueue
from tests.builders import DAY, HOUR, MINUTE, NOON
from tests.fakes import RecordingChannel
from tests.unit.domain.messages import event, notification
from tests.unit.pipeline.checked_world import World, with_channels
from tests.unit.pipeline.outbox_world import (
    CRITICAL,
    SECOND,
    dead,
    keep_delivering,
    one,
    the,
    told,
    world_of,
)


def test_the_fallback_gets_it_after_three_failures() -> None:
    world = world_of(notification(), finops="mail", mail=None)
    dead(world, "finops")

    world.deliver()
    keep_delivering(world, 14 * SECOND)
    assert world.channels["mail"].ids == []
    keep_delivering(world, 2 * SECOND)

    assert len(world.channels["finops"].ids) == 3
    assert told(world.channels["mail"])[0] == "too much"
    assert the(world).state is NotificationState.FAILED
    assert the(world).fallback_sent
    (fact,) = world.facts(AuditAction.NOTIFICATION_REDIRECTED)
    assert fact.detail is not None
    assert fact.detail["to"] == "mail"
    copy = the(world, str(fact.detail["as"]))
    assert (copy.fallback_for, copy.state) == ("finops", NotificationState.DELIVERED)


def test_the_fallback_gets_it_at_the_first_failure_after_two_minutes() -> None:
    world = world_of(notification(), finops="mail", mail=None)
    dead(world, "finops")

    world.deliver(after=2 * MINUTE)
    world.deliver()

    assert len(world.channels["finops"].ids) == 1
    assert "too much" in told(world.channels["mail"])


def test_the_fallback_gets_a_critical_one_at_the_first_failure() -> None:
    world = world_of(
        notification(message=CRITICAL),
        finops="mail",
        mail=None,
    )
    dead(world, "finops")

    world.deliver()
    world.deliver()

    assert "too much" in told(world.channels["mail"])


def test_a_channel_that_asks_for_patience_does_not_keep_the_fallback_waiting() -> None:
    world = world_of(notification(), finops="mail", mail=None)
    asked = Delivery(is_delivered=False, error="429", retry_after=HOUR)
    world.channels["finops"].answers.append(asked)
    world.deliver()

    keep_delivering(world, 2 * MINUTE - SECOND)
    assert "too much" not in told(world.channels["mail"])
    keep_delivering(world, SECOND)

    assert "too much" in told(world.channels["mail"])


def test_the_original_goes_on_trying_and_the_fallback_has_it_once() -> None:
    world = world_of(notification(), finops="mail", mail=None)
    dead(world, "finops")
    keep_delivering(world, HOUR, every=5 * SECOND)
    world.channels["finops"].standing = Delivery(is_delivered=True)
    keep_delivering(world, HOUR, every=5 * SECOND)

    assert the(world).state is NotificationState.DELIVERED
    assert told(world.channels["mail"]).count("too much") == 1
    assert set(world.channels["finops"].ids) == {"nt_1"}


def test_a_fallback_has_a_fallback() -> None:
    world = world_of(notification(), finops="mail", mail="pager", pager=None)
    dead(world, "finops", "mail")

    keep_delivering(world, 2 * MINUTE)

    assert "too much" in told(world.channels["pager"])


def test_a_message_of_a_channel_that_is_gone_goes_to_the_first_default() -> None:
    world = world_of(one("a", "old"), one("b"), finops=None)

    world.deliver()
    kept = the(world, "a")
    assert kept.state is NotificationState.FAILED
    assert "'old'" in kept.error
    assert world.channels["finops"].ids == ["b"]

    keep_delivering(world, MINUTE)
    assert told(world.channels["finops"]) == ["b", "a"]
    keep_delivering(world, DAY + HOUR, every=MINUTE)
    assert the(world, "a").state is NotificationState.ABANDONED


def test_a_channel_that_comes_back_gets_what_waited_for_it() -> None:
    world = world_of(one("a", "old"), finops=None)
    world.deliver()

    world.policies.policies = with_channels(finops=None, old=None)
    world.channels["old"] = RecordingChannel()
    keep_delivering(world, 10 * SECOND)

    assert the(world, "a").state is NotificationState.DELIVERED


def backlog(world: World, *names: str) -> None:
    """Let each of these fail once, in their order."""
    dead(world, "finops")
    for name in names:
        with world.transaction() as work:
            now = world.clock.now()
            enqueue(work, [one(name, created_at=now, next_attempt_at=now)])
        world.deliver()
        world.clock.advance(SECOND)


def test_a_backlog_arrives_as_one_message_when_the_channel_is_back() -> None:
    world = world_of()
    backlog(world, "a", "b", "c")
    world.channels["finops"].standing = Delivery(is_delivered=True)
    attempts = len(world.channels["finops"].ids)

    keep_delivering(world, MINUTE)

    assert world.channels["finops"].ids[attempts:] == ["c"]
    assert told(world.channels["finops"])[-3:] == ["a", "b", "c"]
    assert [the(world, name).state.value for name in "abc"] == [
        "merged",
        "merged",
        "delivered",
    ]
    assert {the(world, name).merged_into for name in "ab"} == {"c"}
    merges = world.facts(AuditAction.NOTIFICATION_MERGED)
    assert [fact.target for fact in merges] == ["notification:a", "notification:b"]


def test_a_merged_message_is_as_severe_as_its_worst_part() -> None:
    world = world_of()
    dead(world, "finops")
    critical = event(severity=Severity.CRITICAL)
    with world.transaction() as work:
        enqueue(work, [one("a", "finops", critical), one("b")])
    world.deliver()
    world.deliver()

    world.deliver(after=10 * SECOND)

    merged, _ = world.channels["finops"].attempts[-1]
    assert merged.severity is Severity.CRITICAL


def test_a_channel_that_stays_dead_gives_up_what_is_a_day_old_whatever_comes() -> None:
    world = world_of()
    dead(world, "finops")
    for hour in range(30):
        with world.transaction() as work:
            at = world.clock.now()
            work.enqueue(one(f"m{hour:02}", created_at=at, next_attempt_at=at))
        keep_delivering(world, HOUR, 2 * MINUTE)

    gone = [e for e in world.notifications if e.state is NotificationState.ABANDONED]
    details = [event.detail for each in gone for event in each.message.events]
    assert details == [f"m{hour:02}" for hour in range(6)]
    assert gone[0].created_at == NOON
    abandoned = world.facts(AuditAction.NOTIFICATION_ABANDONED)
    assert [fact.target for fact in abandoned] == [f"notification:{e.id}" for e in gone]
    (left,) = [e for e in world.notifications if e.state is NotificationState.FAILED]
    assert [event.detail for event in left.message.events] == [
        f"m{hour:02}" for hour in range(6, 30)
    ]
    assert left.created_at == NOON + 6 * HOUR

    world.channels["finops"].standing = Delivery(is_delivered=True)
    keep_delivering(world, HOUR, 2 * MINUTE)
    assert the(world, left.id).state is NotificationState.DELIVERED


def test_nothing_is_merged_away_from_its_fallback() -> None:
    world = world_of(one("a"), one("b"), finops="mail", mail=None)
    dead(world, "finops")

    keep_delivering(world, 3 * MINUTE)

    assert {"a", "b"} <= set(told(world.channels["mail"]))


def test_one_that_another_is_sending_is_not_merged_as_well() -> None:
    world = world_of()
    backlog(world, "a", "b", "c")
    world.tables.lost_claims.add("a")

    world.deliver(after=10 * SECOND)

    assert [
        each.detail for each in world.channels["finops"].attempts[-1][0].events
    ] == [
        "b",
        "c",
    ]
    assert the(world, "a").state is NotificationState.FAILED


def test_a_backlog_whose_newest_another_is_sending_is_left_to_it() -> None:
    world = world_of()
    backlog(world, "a", "b")
    world.tables.lost_claims.add("b")
    attempts = len(world.channels["finops"].ids)

    assert world.deliver(after=10 * SECOND) == 0

    assert len(world.channels["finops"].ids) == attempts
