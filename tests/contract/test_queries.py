"""Lists and single reads, on every database."""

import base64
from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.access import ApiKey, Role
from service.domain.alert import AlertState
from service.domain.check import Check, Observation
from service.domain.errors import InvalidInput
from service.domain.notification import NotificationState
from service.ports import (
    AlertFilter,
    Page,
    PageRequest,
    Queries,
    Revision,
    StoredPolicy,
)
from tests.contract.conftest import Storage
from tests.contract.samples import (
    LIMIT,
    MINUTE,
    NOON,
    alert,
    check,
    fact,
    limit_change,
    notification,
)

FIRST = PageRequest()


@pytest.fixture
def queries(storage: Storage) -> Queries:
    return storage.queries


def saved_checks(storage: Storage, *numbers: int) -> None:
    with storage.transaction() as work:
        for number in numbers:
            work.save_check(check(number, at=NOON + number * MINUTE))


def numbers_of(page: Page[Check]) -> list[str]:
    return [item.id.rpartition("_")[2] for item in page.items]


def test_a_list_is_newest_first_and_ends(storage: Storage, queries: Queries) -> None:
    saved_checks(storage, 1, 2, 3)

    first = queries.checks("acme", PageRequest(limit=2))
    last = queries.checks("acme", PageRequest(limit=2, cursor=first.next_cursor))

    assert numbers_of(first) == ["3", "2"]
    assert numbers_of(last) == ["1"]
    assert last.next_cursor is None


def test_a_list_read_on_while_rows_come_in_repeats_and_misses_nothing(
    storage: Storage, queries: Queries
) -> None:
    saved_checks(storage, 1, 2, 3, 4)
    first = queries.checks(None, PageRequest(limit=2))
    saved_checks(storage, 5, 6)

    rest = queries.checks(None, PageRequest(limit=2, cursor=first.next_cursor))

    assert numbers_of(first) + numbers_of(rest) == ["4", "3", "2", "1"]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "ü",
        "a",
        encoded("check"),
        encoded("check:"),
        encoded("check:-1"),
        encoded("alert:1"),
        encoded("check:" + "9" * 30),
        encoded("check:1") + "!",
    ],
)
def test_a_cursor_of_no_list_is_refused(queries: Queries, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        queries.checks(None, PageRequest(cursor=cursor))


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_part_has_a_sensible_size(queries: Queries, limit: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 1000"):
        queries.checks(None, PageRequest(limit=limit))


def test_checks_are_found_by_organization_and_id(
    storage: Storage, queries: Queries
) -> None:
    beta = check(1, organization="beta")
    with storage.transaction() as work:
        work.save_check(beta)
    saved_checks(storage, 1, 2)

    assert queries.checks("beta", FIRST).items == (beta,)
    assert queries.check(beta.id) == beta
    assert queries.check("ck_none") is None
    last = queries.last_check("acme")
    assert last is not None
    assert last.id == "ck_acme_2"


def test_observations_end_before_their_bound(
    storage: Storage, queries: Queries
) -> None:
    saved_checks(storage, 0, 1, 2)

    seen = queries.observations("acme", NOON, NOON + 2 * MINUTE)

    assert seen == tuple(
        Observation(at=NOON + n * MINUTE, spend=Decimal("292.80"), limit=LIMIT)
        for n in (0, 1)
    )


def test_idle_alerts_are_not_listed(storage: Storage, queries: Queries) -> None:
    pending = alert(threshold_id="near", state=AlertState.PENDING, fired_at=None)
    with storage.transaction() as work:
        work.save_alert(alert(state=AlertState.IDLE, fired_at=None))
        work.save_alert(pending)

    assert queries.alerts(AlertFilter(), FIRST).items == (pending,)


@pytest.mark.parametrize(
    "wanted",
    [
        AlertFilter(organization="beta"),
        AlertFilter(state=AlertState.RESOLVED),
        AlertFilter(policy_id="beta-monthly"),
    ],
)
def test_alerts_are_listed_by_what_is_asked(
    storage: Storage, queries: Queries, wanted: AlertFilter
) -> None:
    matching = alert(
        organization="beta",
        policy_id="beta-monthly",
        state=AlertState.RESOLVED,
        resolved_at=NOON,
    )
    with storage.transaction() as work:
        work.save_alert(alert())
        work.save_alert(matching)

    assert queries.alerts(wanted, FIRST).items == (matching,)
    assert queries.alert(matching.id) == matching


def test_limit_changes_are_listed(storage: Storage, queries: Queries) -> None:
    beta = limit_change("lc_2", organization="beta")
    with storage.transaction() as work:
        work.save_limit_change(limit_change())
        work.save_limit_change(beta)

    assert queries.limit_changes(None, FIRST).items == (beta, limit_change())
    assert queries.limit_changes("beta", FIRST).items == (beta,)
    assert queries.limit_change("lc_2") == beta
    assert queries.limit_change("lc_3") is None


def test_notifications_are_listed_by_channel(
    storage: Storage, queries: Queries
) -> None:
    mail = notification("nt_2", channel="finops-mail")
    with storage.transaction() as work:
        work.enqueue(notification())
        work.enqueue(mail)

    assert queries.notifications(None, FIRST).items == (mail, notification())
    assert queries.notifications("finops-mail", FIRST).items == (mail,)
    assert queries.notification("nt_2") == mail


def test_the_audit_is_listed_by_chain_and_action(
    storage: Storage, queries: Queries
) -> None:
    with storage.transaction() as work:
        work.record(fact(1), fact(2), fact(3, chain="beta"))

    both = queries.audit("acme", "check:completed", FIRST)

    assert [entry.fact for entry in both.items] == [fact(2), fact(1)]
    assert queries.audit(None, "alert:fired", FIRST).items == ()
    assert queries.audit_chains() == ("acme", "beta")
    assert [entry.seq for entry in queries.audit_entries("acme", 1)] == [2]


def revision(number: int, *, error: str | None = None) -> Revision:
    return Revision(
        revision=str(number) * 64,
        loaded_at=NOON + number * MINUTE,
        source="folder",
        commit="c" * 40,
        author="Ada <ada@acme.example>",
        texts=(("guard.yaml", "version: 1\n"),),
        error=error,
    )


def test_the_last_good_revision_is_not_a_refused_one(
    storage: Storage, queries: Queries
) -> None:
    refused = revision(2, error="guard.yaml:1:1: no")
    with storage.transaction() as work:
        work.save_revision(revision(1))
        work.save_revision(refused)

    assert queries.last_good_revision() == revision(1)
    assert queries.revisions(FIRST).items == (refused, revision(1))


def test_there_may_be_no_good_revision(queries: Queries) -> None:
    assert queries.last_good_revision() is None


def test_policies_put_over_the_api_are_kept_retired_ones_too(
    storage: Storage, queries: Queries
) -> None:
    put = StoredPolicy(
        id="a", text="id: a\n", revision="r" * 64, put_at=NOON, put_by="key:ops"
    )
    retired = replace(put, retired_at=NOON, retired_reason="a file has its id")
    with storage.transaction() as work:
        work.save_policy(put)
        work.save_policy(retired)

    assert queries.stored_policies() == (retired,)


def test_keys_are_listed_newest_first(storage: Storage, queries: Queries) -> None:
    old = ApiKey(
        id="k1", name="ops", role=Role.VIEWER, digest="1" * 64, created_at=NOON
    )
    new = replace(old, id="k2", digest="2" * 64, created_at=NOON + MINUTE)
    with storage.transaction() as work:
        work.save_key(old)
        work.save_key(new)

    assert queries.keys() == (new, old)
    assert queries.key_by_digest("1" * 64) == old
    assert queries.key_by_digest("3" * 64) is None


def test_an_upgraded_database_is_ready(queries: Queries) -> None:
    queries.is_ready()


def test_channels_are_due_as_their_notifications_are(
    storage: Storage, queries: Queries
) -> None:
    sending = NotificationState.SENDING
    with storage.transaction() as work:
        for each in (
            notification("a", channel="mail"),
            notification("b", channel="finops", state=NotificationState.FAILED),
            notification("c", channel="mail"),
            notification("d", channel="later", next_attempt_at=NOON + MINUTE),
            notification("e", channel="left", state=sending, claimed_at=NOON - MINUTE),
            notification("f", channel="busy", state=sending, claimed_at=NOON),
            notification("g", channel="done", state=NotificationState.DELIVERED),
        ):
            work.enqueue(each)

    assert queries.due_channels(NOON, NOON) == ("mail", "finops", "left")
