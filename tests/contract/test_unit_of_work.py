"""What one transaction promises, on every database."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.access import ApiKey, Role
from service.domain.alert import AlertState
from service.domain.check import Observation, UsageLine, UsageMonth
from service.domain.expected import Expected
from service.domain.limit_change import ChangeState
from service.domain.notification import NotificationState
from service.domain.state import OrganizationState, Sighting
from service.domain.usage import Failure
from service.ports import PageRequest, UnitOfWork
from tests.contract.conftest import Storage
from tests.contract.samples import (
    DAY,
    FORECAST,
    LIMIT,
    MINUTE,
    NOON,
    alert,
    check,
    fact,
    limit_change,
    notification,
)


def test_a_transaction_is_a_unit_of_work(storage: Storage) -> None:
    with storage.transaction() as work:
        port: UnitOfWork = work
        assert not port.is_paused()


def test_a_state_never_saved_is_a_fresh_one(storage: Storage) -> None:
    with storage.transaction() as work:
        assert work.state("acme") == OrganizationState(organization="acme")


def test_a_state_is_remembered_and_replaced(storage: Storage) -> None:
    seen = Sighting(amount=Decimal("1E-8"), at=NOON, falls=2)
    first = OrganizationState(organization="acme", sightings={"acme|2026-08": seen})
    with storage.transaction() as work:
        work.save_state(first)
    with storage.transaction() as work:
        assert work.state("acme") == first
        work.save_state(replace(first, period="2026-09"))

    assert storage.queries.organization_states() == (replace(first, period="2026-09"),)


def test_nothing_of_a_failed_transaction_stays(storage: Storage) -> None:
    def fail() -> None:
        with storage.transaction() as work:
            work.save_alert(alert())
            work.save_check(check())
            work.enqueue(notification())
            work.set_paused(paused=True)
            work.record(fact())
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        fail()

    queries = storage.queries
    assert queries.alert(alert().id) is None
    assert queries.last_check("acme") is None
    assert queries.notification("nt_1") is None
    assert not queries.is_paused()
    assert queries.audit_chains() == ()


def test_a_pause_survives_its_transaction(storage: Storage) -> None:
    with storage.transaction() as work:
        work.set_paused(paused=True)
    assert storage.queries.is_paused()

    with storage.transaction() as work:
        assert work.is_paused()
        work.set_paused(paused=False)
    assert not storage.queries.is_paused()


def test_saving_an_alert_again_replaces_it(storage: Storage) -> None:
    first = alert()
    resolved = replace(
        first, state=AlertState.RESOLVED, resolved_at=NOON, skips=("paused",)
    )
    with storage.transaction() as work:
        work.save_alert(first)
        work.save_alert(resolved)
        assert work.alert(first.id) == resolved


def test_of_each_key_only_the_newest_firing_is_given(storage: Storage) -> None:
    earlier = alert(state=AlertState.RESOLVED, resolved_at=NOON)
    newest = alert(firing=2, fired_at=NOON + MINUTE)
    other = alert(threshold_id="near")
    with storage.transaction() as work:
        for each in (earlier, newest, other, alert(organization="beta")):
            work.save_alert(each)
        assert work.alerts("acme", NOON - DAY) == (newest, other)


def test_a_newer_firing_hides_older_ones_whatever_became_of_it(
    storage: Storage,
) -> None:
    earlier = alert(state=AlertState.RESOLVED, resolved_at=NOON)
    newest = alert(firing=2, state=AlertState.IDLE, fired_at=None)
    with storage.transaction() as work:
        work.save_alert(earlier)
        work.save_alert(newest)
        assert work.alerts("acme", NOON - DAY) == (newest,)


@pytest.mark.parametrize(
    ("state", "is_given"),
    [
        (AlertState.FIRING, True),
        (AlertState.PENDING, True),
        (AlertState.RESOLVED, False),
        (AlertState.IDLE, False),
    ],
)
def test_an_alert_last_seen_long_ago_is_given_only_while_open(
    storage: Storage, state: AlertState, *, is_given: bool
) -> None:
    old = alert(state=state, fired_at=NOON - 40 * DAY, pending_at=NOON - 41 * DAY)
    with storage.transaction() as work:
        work.save_alert(old)
        assert work.alerts("acme", NOON - 32 * DAY) == ((old,) if is_given else ())


def test_unsettled_limit_changes_are_given_however_old(storage: Storage) -> None:
    long_ago = NOON - 40 * DAY
    unknown = limit_change("lc_1", state=ChangeState.UNKNOWN, planned_at=long_ago)
    settled = limit_change("lc_2", state=ChangeState.APPLIED, planned_at=long_ago)
    recent = limit_change("lc_3", state=ChangeState.SKIPPED)
    with storage.transaction() as work:
        for each in (unknown, settled, recent, limit_change("x", organization="beta")):
            work.save_limit_change(each)
        assert work.limit_changes("acme", NOON - DAY) == (unknown, recent)


def test_a_raise_is_given_until_it_has_ended_and_its_end_until_it_is_made(
    storage: Storage,
) -> None:
    long_ago = NOON - 40 * DAY
    raised, over, end = (
        replace(
            limit_change(f"lc_{name}", state=state, planned_at=long_ago),
            expires_at=expires,
            due_at=due,
        )
        for name, state, expires, due in (
            ("raised", ChangeState.APPLIED, NOON, None),
            ("over", ChangeState.APPLIED, NOON - 3 * DAY, None),
            ("end", ChangeState.PLANNED, None, NOON),
        )
    )
    with storage.transaction() as work:
        for each in (raised, over, end):
            work.save_limit_change(each)
        assert work.limit_changes("acme", NOON - DAY) == (raised, end)


def test_observations_are_what_checks_saw_oldest_first(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_check(check(2, at=NOON + MINUTE, spend=None, limit=None))
        work.save_check(check(1, forecast=FORECAST))
        work.save_check(check(3, at=NOON - DAY))
        seen = work.observations("acme", NOON)

    assert seen == (
        Observation(
            at=NOON, spend=Decimal("292.80"), limit=LIMIT, forecast=FORECAST.point
        ),
        Observation(at=NOON + MINUTE, spend=None, limit=None),
    )


@pytest.mark.parametrize(
    "forecast", [None, FORECAST, Failure(reason="not_enough_data", detail="3 days")]
)
def test_a_check_keeps_its_forecast_or_why_there_is_none(
    forecast: Expected, storage: Storage
) -> None:
    kept = check(forecast=forecast)
    with storage.transaction() as work:
        work.save_check(kept)

    assert storage.queries.check(kept.id) == kept


def usage_month(units: int, *, minutes: int = 0) -> UsageMonth:
    line = UsageLine(
        day="2026-08-20",
        category="chat",
        model="Mistral Large",
        units=units,
        paid_units=units,
        cost=Decimal("0.00000020"),
    )
    return UsageMonth(
        organization="acme",
        workspace="",
        period="2026-08",
        currency="EUR",
        captured_at=NOON + minutes * MINUTE,
        lines=(line,),
    )


def test_a_month_of_usage_is_replaced_when_it_changed(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_usage(usage_month(1))
        work.save_usage(usage_month(2, minutes=5))

    assert storage.queries.usage("acme", "2026-08") == (usage_month(2, minutes=5),)


def test_a_month_of_usage_that_did_not_change_writes_nothing(
    storage: Storage,
) -> None:
    with storage.transaction() as work:
        work.save_usage(usage_month(1))
        work.save_usage(usage_month(1, minutes=5))

    assert storage.queries.usage("acme", "2026-08") == (usage_month(1),)


def test_putting_a_known_notification_into_the_outbox_changes_nothing(
    storage: Storage,
) -> None:
    delivered = notification(state=NotificationState.DELIVERED)
    with storage.transaction() as work:
        work.enqueue(delivered)
        work.enqueue(notification())
        assert work.notification("nt_1") == delivered


def test_due_are_those_whose_time_has_come_and_claims_left_behind(
    storage: Storage,
) -> None:
    sending = NotificationState.SENDING
    pending = notification("a", next_attempt_at=NOON)
    failed = notification("b", state=NotificationState.FAILED)
    left = notification("c", state=sending, claimed_at=NOON - MINUTE)
    others = (
        notification("d", next_attempt_at=NOON + MINUTE),
        notification("e", state=sending, claimed_at=NOON),
        notification("f", state=NotificationState.DELIVERED),
        notification("g", state=NotificationState.ABANDONED),
    )
    with storage.transaction() as work:
        for each in (pending, failed, left, *others):
            work.enqueue(each)
        due = work.due_notifications("finops", NOON, NOON - timedelta(seconds=30))

    assert due == (pending, failed, left)


def test_a_claim_wins_once(storage: Storage) -> None:
    waiting = notification()
    with storage.transaction() as work:
        work.enqueue(waiting)
        assert work.claim(waiting, NOON)
        assert not work.claim(waiting, NOON)
        taken = work.notification("nt_1")

    assert taken == replace(waiting, state=NotificationState.SENDING, claimed_at=NOON)


def test_a_claim_of_what_moved_on_fails(storage: Storage) -> None:
    waiting = notification()
    with storage.transaction() as work:
        work.enqueue(waiting)
        work.save_notification(replace(waiting, attempts=1))
        assert not work.claim(waiting, NOON)


def test_a_claim_left_behind_can_be_taken_once(storage: Storage) -> None:
    left = notification(state=NotificationState.SENDING, claimed_at=NOON)
    with storage.transaction() as work:
        work.enqueue(left)
        assert work.claim(left, NOON + MINUTE)
        assert not work.claim(left, NOON + 2 * MINUTE)


def test_using_a_key_changes_nothing_else_of_it(storage: Storage) -> None:
    key = ApiKey(
        id="k1", name="ops", role=Role.OPERATOR, digest="d" * 64, created_at=NOON
    )
    revoked = replace(key, revoked_at=NOON)
    with storage.transaction() as work:
        work.save_key(key)
        work.save_key(revoked)
        work.touch_key("k1", NOON + MINUTE)

    assert storage.queries.key_by_digest("d" * 64) == replace(
        revoked, last_used_at=NOON + MINUTE
    )


def test_facts_take_their_places_in_the_order_of_their_chain(
    storage: Storage,
) -> None:
    with storage.transaction() as work:
        work.record(fact(1), fact(2, chain="system"))
        work.record(fact(3))
    with storage.transaction() as work:
        work.record(fact(4))

    entries = storage.queries.audit_entries("acme", 0)
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.fact for entry in entries] == [fact(1), fact(3), fact(4)]
    newest = storage.queries.audit(None, None, PageRequest())
    assert [entry.fact.chain for entry in newest.items].count("system") == 1


def test_the_last_firing_of_a_health_alert_is_given_however_long_ago(
    storage: Storage,
) -> None:
    old = alert(
        policy_id="",
        threshold_id="data_unknown",
        state=AlertState.RESOLVED,
        fired_at=NOON - 90 * DAY,
        resolved_at=NOON - 90 * DAY,
    )
    with storage.transaction() as work:
        work.save_alert(old)
        work.save_alert(replace(old, firing=2))
        assert work.alerts("acme", NOON) == (replace(old, firing=2),)


def test_a_claim_keeps_the_moment_to_the_microsecond(storage: Storage) -> None:
    at = NOON + timedelta(microseconds=123_457)
    with storage.transaction() as work:
        work.enqueue(notification())
        assert work.claim(notification(), at)
    with storage.transaction() as work:
        kept = work.notification("nt_1")

    assert kept is not None
    assert kept.claimed_at == at


def test_failed_ones_of_a_channel_wait_however_late_they_are_due(
    storage: Storage,
) -> None:
    failed = NotificationState.FAILED
    later = notification("b", state=failed, next_attempt_at=NOON + DAY)
    with storage.transaction() as work:
        work.enqueue(notification("a"))
        work.enqueue(later)
        work.enqueue(notification("c", state=failed, channel="finops-mail"))
        assert work.failed_notifications("finops") == (later,)
