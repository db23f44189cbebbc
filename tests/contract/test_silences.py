"""Silences and what they withheld, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import AlertKind
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.domain.silence import Matchers, Silence, SilenceState
from service.ports import PageRequest
from tests.contract.conftest import Storage
from tests.contract.samples import DAY, MINUTE, NOON, alert

FIRST = PageRequest()
HOUR = timedelta(hours=1)
RUNNING = Silence(
    id="sl_1",
    matchers=Matchers(policy_id="acme-*", severity=Severity.INFO, kind=AlertKind.SPEND),
    starts_at=NOON,
    ends_at=NOON + HOUR,
    created_at=NOON - DAY,
    created_by="key:alice",
    comment="load test",
)
LATER = replace(RUNNING, id="sl_2", starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
OVER = replace(RUNNING, id="sl_3", starts_at=NOON - DAY, ends_at=NOON)
ENDED = replace(RUNNING, id="sl_4", expired_at=NOON, expired_by="key:bob")
MUTED = replace(alert(), muted_by="sl_1", muted_kind=EventKind.FIRED)


def saved(storage: Storage) -> Storage:
    with storage.transaction() as work:
        for each in (RUNNING, LATER, OVER, ENDED):
            work.save_silence(each)
    return storage


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (None, (ENDED, OVER, LATER, RUNNING)),
        (SilenceState.ACTIVE, (RUNNING,)),
        (SilenceState.PENDING, (LATER,)),
        (SilenceState.EXPIRED, (ENDED, OVER)),
    ],
)
def test_silences_are_listed_newest_first_by_where_they_stand(
    storage: Storage, state: SilenceState | None, found: tuple[Silence, ...]
) -> None:
    assert saved(storage).queries.silences(state, NOON, FIRST).items == found


def test_a_list_of_silences_goes_on(storage: Storage) -> None:
    queries = saved(storage).queries
    first = queries.silences(None, NOON, PageRequest(limit=3))

    rest = queries.silences(None, NOON, PageRequest(cursor=first.next_cursor))

    assert (*first.items, *rest.items) == (ENDED, OVER, LATER, RUNNING)


@pytest.mark.parametrize(
    ("minutes", "found"), [(-1, (OVER,)), (0, (RUNNING,)), (59, (RUNNING,)), (60, ())]
)
def test_active_are_those_that_have_begun_and_not_ended(
    storage: Storage, minutes: int, found: tuple[Silence, ...]
) -> None:
    now = NOON + minutes * MINUTE
    with saved(storage).transaction() as work:
        assert work.active_silences(now) == found

    assert storage.queries.survey(["acme"], now).active_silences == found


def test_saving_a_silence_again_replaces_it(storage: Storage) -> None:
    ended = replace(RUNNING, expired_at=NOON + MINUTE, expired_by="key:bob")
    with saved(storage).transaction() as work:
        work.save_silence(ended)
        assert work.silence("sl_1") == ended
        assert work.silence("sl_9") is None
        assert work.active_silences(NOON) == ()


def test_muted_alerts_are_given_however_many_firings_there_were(
    storage: Storage,
) -> None:
    newer = replace(MUTED, firing=2)
    beta = replace(alert(organization="beta"), muted_by="sl_1")
    with storage.transaction() as work:
        for each in (MUTED, newer, alert(threshold_id="near"), beta):
            work.save_alert(each)
        assert work.muted_alerts("acme") == (MUTED, newer)


def test_an_alert_is_unmuted_once(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_alert(MUTED)
        assert work.unmute(MUTED, NOON + HOUR)
        assert not work.unmute(MUTED, NOON + HOUR)
        assert work.muted_alerts("acme") == ()

    assert storage.queries.alert(MUTED.id) == replace(alert(), last_told_at=NOON + HOUR)
