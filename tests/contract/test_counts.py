"""Counts over what is kept, on every database."""

from contextlib import suppress
from dataclasses import replace

from service.domain.alert import AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.notification import NotificationState
from service.domain.policy import Severity
from service.domain.tally import Tally
from service.ports import Firing, Waiting
from tests.contract.conftest import Storage
from tests.contract.samples import MINUTE, NOON, alert, fact, notification

CHECKED = AuditAction.CHECK_COMPLETED


def test_nothing_kept_counts_nothing(storage: Storage) -> None:
    counts = storage.queries.counts(["acme"])

    assert (counts.tallies, counts.firing, counts.waiting) == ((), (), ())


def test_facts_are_tallied_over_transactions(storage: Storage) -> None:
    for number in (1, 2):
        with storage.transaction() as work:
            work.record(fact(number), fact(number + 10), fact(1, chain="beta"))

    assert storage.queries.counts([]).tallies == (
        Tally(chain="acme", action=CHECKED, label="completed", number=4),
        Tally(chain="beta", action=CHECKED, label="completed", number=2),
    )


def test_what_was_rolled_back_is_not_counted(storage: Storage) -> None:
    with suppress(ZeroDivisionError), storage.transaction() as work:
        work.record(fact(1))
        _break()

    assert storage.queries.counts([]).tallies == ()


def _break() -> None:
    raise ZeroDivisionError


def test_alerts_that_fire_are_counted_for_those_who_are_asked_for(
    storage: Storage,
) -> None:
    with storage.transaction() as work:
        work.save_alert(alert(threshold_id="half"))
        work.save_alert(alert(threshold_id="most"))
        work.save_alert(alert(threshold_id="all", state=AlertState.RESOLVED))
        work.save_alert(alert(organization="beta"))

    assert storage.queries.counts(["acme", "gamma"]).firing == (
        Firing(
            organization="acme",
            kind=AlertKind.SPEND,
            severity=Severity.WARNING,
            number=2,
        ),
    )


def test_messages_wait_until_they_are_delivered_or_given_up(storage: Storage) -> None:
    states = (*NotificationState, NotificationState.PENDING)
    with storage.transaction() as work:
        for number, state in enumerate(states):
            kept = notification(f"nt_{number}", state=state)
            work.enqueue(replace(kept, created_at=NOON + number * MINUTE))

    waiting = {each.state: each for each in storage.queries.counts([]).waiting}

    assert set(waiting) == {
        NotificationState.PENDING,
        NotificationState.SENDING,
        NotificationState.FAILED,
    }
    assert waiting[NotificationState.PENDING] == Waiting(
        channel="finops", state=NotificationState.PENDING, number=2, oldest_at=NOON
    )
