"""Who hears of a request for approval, and what is recorded of it, check by check."""

from dataclasses import replace

from service.domain.audit import SCHEDULER, PolicyReference
from service.domain.decision import Decision
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.domain.policy import Threshold
from tests.builders import HOUR, Fields, asking, capping, threshold
from tests.unit.domain.test_approval_round import asked


def stop(**written: Fields) -> Threshold:
    then = asking(capping(6000), expires="2h", **written)
    return threshold(id="stop", spend="100%", then=then, notify=["oncall"])


def told(of: Decision) -> list[tuple[EventKind, tuple[str, ...]]]:
    return [(each.event.kind, each.channels) for each in of.told]


def kept(of: Decision) -> list[tuple[str, str]]:
    """Give what the log keeps of requests and limit changes, with how they stand."""
    facts = [
        each
        for each in of.facts
        if each.target.startswith(("approval:", "limit_change:"))
    ]
    policies = of.policies
    policy = PolicyReference(
        id="acme-monthly", revision=policies.revision, commit=policies.commit
    )
    for each in facts:
        assert (each.at, each.actor, each.policy) == (of.at, SCHEDULER, policy)
    return [(each.action.value, each.outcome) for each in facts]


def test_a_request_is_told_to_who_is_asked_and_kept_with_its_change() -> None:
    found = asked(stop()).decisions[-1]

    assert told(found) == [
        (EventKind.FIRED, ("oncall",)),
        (EventKind.APPROVAL_REQUESTED, ("oncall", "finops")),
    ]
    assert kept(found) == [
        ("approval:requested", "pending"),
        ("spend_limit:change:planned", "awaiting_approval"),
    ]


def test_a_request_that_nothing_moved_is_not_saved_again() -> None:
    watched = asked(stop())
    first, again = watched.decisions[-1], watched.check(5100)

    assert first.approvals == (watched.approval,)
    assert (again.approvals, again.awaiting) == ((), ())


def test_what_was_approved_is_kept_once_when_it_is_planned() -> None:
    watched = asked(stop())
    watched.answer()

    assert kept(watched.check(5100)) == [("spend_limit:change:planned", "approved")]


def test_what_nobody_answered_is_kept_with_the_end_of_its_change() -> None:
    watched = asked(stop())

    ended = watched.check(5100, after=2 * HOUR)

    assert kept(ended) == [
        ("approval:expired", "expired"),
        ("spend_limit:change:skipped", "expired"),
    ]
    assert kept(watched.check(5100)) == []


def test_what_goes_on_unanswered_is_kept_once_as_planned() -> None:
    watched = asked(stop(on_expiry="apply"))

    gone_on = watched.check(5100, after=2 * HOUR)

    assert kept(gone_on) == [
        ("approval:expired", "expired"),
        ("spend_limit:change:planned", "expired"),
    ]


def test_where_nobody_who_was_asked_is_left_the_default_hears_of_it() -> None:
    watched = asked(stop())
    lost = replace(watched.approval, channels=("gone",))
    watched.memory = replace(watched.memory, approvals=(lost,))

    reminded = watched.check(5100, after=HOUR)

    assert told(reminded) == [(EventKind.APPROVAL_REMINDER, ("finops",))]


def test_what_goes_on_but_must_wait_is_not_kept_as_planned_yet() -> None:
    watched = asked(stop(on_expiry="apply"))
    watched.memory = replace(watched.memory, is_paused=True)

    waits = watched.check(5100, after=2 * HOUR)

    assert kept(waits) == [
        ("approval:expired", "expired"),
        ("spend_limit:change:skipped", "skipped"),
    ]
    assert [each.state for each in waits.awaiting] == [ChangeState.EXPIRED]
