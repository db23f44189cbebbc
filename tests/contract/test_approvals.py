"""Requests for approval and the sessions of their page, on every database."""

from dataclasses import replace

import pytest

from service.domain.approval import ApprovalState
from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeState
from service.domain.notification import Figures
from service.ports import ApprovalFilter, PageRequest, PageSession
from tests.approvals import approval
from tests.builders import DAY, MINUTE, NOON, euros, limit
from tests.contract.conftest import Storage
from tests.contract.samples import limit_change

FIGURES = Figures(state="known", spend=euros("5100.01"), as_of=NOON, limit="6000 EUR")
SESSION = PageSession(digest="s1", key_id="key_1", expires_at=NOON + 15 * MINUTE)


def test_a_request_comes_back_with_all_that_it_rests_on(storage: Storage) -> None:
    asked = approval(
        figures=FIGURES,
        reminded_at=NOON + MINUTE,
        override_until=NOON + DAY,
        channels=("finops", "oncall"),
        note="go on",
    )
    with storage.transaction() as work:
        work.save_approval(asked)
        assert work.approval("ap_1") == asked
        assert work.approval("ap_none") is None

    assert storage.queries.approval("ap_1") == asked
    assert storage.queries.approval("ap_none") is None


def test_saving_a_request_again_replaces_it_in_its_place(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_approval(approval())
        work.save_approval(approval(id="ap_2"))
        work.save_approval(approval(state=ApprovalState.DENIED, decided_by="key:bob"))

    listed = storage.queries.approvals(ApprovalFilter(), PageRequest()).items
    assert [(each.id, each.state) for each in listed] == [
        ("ap_2", "pending"),
        ("ap_1", "denied"),
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ApprovalFilter(), ["ap_3", "ap_2", "ap_1"]),
        (ApprovalFilter(organization="acme"), ["ap_2", "ap_1"]),
        (ApprovalFilter(state=ApprovalState.PENDING), ["ap_3", "ap_1"]),
        (
            ApprovalFilter(organization="acme", state=ApprovalState.USED),
            ["ap_2"],
        ),
    ],
)
def test_a_list_is_narrowed_and_newest_first(
    storage: Storage, wanted: ApprovalFilter, expected: list[str]
) -> None:
    with storage.transaction() as work:
        work.save_approval(approval())
        work.save_approval(approval(id="ap_2", state=ApprovalState.USED))
        work.save_approval(approval(id="ap_3", organization="beta"))

    found = storage.queries.approvals(wanted, PageRequest()).items

    assert [each.id for each in found] == expected


def test_open_requests_are_given_however_long_ago_they_were_made(
    storage: Storage,
) -> None:
    old = approval(requested_at=NOON - 90 * DAY)
    with storage.transaction() as work:
        work.save_approval(old)
        work.save_approval(replace(old, id="ap_2", state=ApprovalState.APPROVED))
        work.save_approval(replace(old, id="ap_3", state=ApprovalState.DENIED))
        goes_on = replace(
            old, state=ApprovalState.EXPIRED, on_expiry=OnExpiry.APPLY, id="ap_4"
        )
        work.save_approval(goes_on)
        work.save_approval(replace(goes_on, id="ap_5", on_expiry=OnExpiry.DENY))
        work.save_approval(approval(id="ap_6", state=ApprovalState.DENIED))
        work.save_approval(approval(id="ap_7", organization="beta"))
        found = work.approvals("acme", NOON - DAY)

    assert [each.id for each in found] == ["ap_1", "ap_2", "ap_4", "ap_6"]


def test_a_status_has_what_waits_for_an_answer(storage: Storage) -> None:
    with storage.transaction() as work:
        work.save_approval(approval())
        work.save_approval(approval(id="ap_2", state=ApprovalState.APPROVED))
        work.save_approval(approval(id="ap_3", organization="beta"))

    kept = storage.queries.survey(["acme", "beta", "gamma"], NOON).organizations

    pending = {name: [e.id for e in each.pending] for name, each in kept.items()}
    assert pending == {"acme": ["ap_1"], "beta": ["ap_3"], "gamma": []}


@pytest.mark.parametrize(
    ("state", "is_given"),
    [
        (ChangeState.AWAITING_APPROVAL, True),
        (ChangeState.APPROVED, True),
        (ChangeState.DENIED, False),
        (ChangeState.EXPIRED, False),
    ],
)
def test_a_change_that_waits_is_given_however_long_ago_it_was_planned(
    storage: Storage, state: ChangeState, *, is_given: bool
) -> None:
    waiting = replace(
        limit_change(),
        state=state,
        planned_at=NOON - 90 * DAY,
        after=limit(5000),
        approval_id="ap_1",
    )
    with storage.transaction() as work:
        work.save_limit_change(waiting)
        found = work.limit_changes("acme", NOON - DAY)

    assert found == ((waiting,) if is_given else ())


def test_a_token_is_taken_once_by_its_session_for_its_request(
    storage: Storage,
) -> None:
    other = replace(SESSION, digest="s2")
    with storage.transaction() as work:
        work.open_session(SESSION, NOON)
        work.open_session(other, NOON)
        work.save_token("t1", SESSION, "ap_1")

    taken = []
    for session, request in (
        (other, "ap_1"),
        (SESSION, "ap_2"),
        (SESSION, "ap_1"),
        (SESSION, "ap_1"),
    ):
        with storage.transaction() as work:
            taken.append(work.take_token("t1", session, request))

    assert taken == [False, False, True, False]


def test_what_has_ended_is_forgotten_when_the_next_session_opens(
    storage: Storage,
) -> None:
    later = replace(SESSION, digest="s2", expires_at=NOON + 30 * MINUTE)
    with storage.transaction() as work:
        work.open_session(SESSION, NOON)
        work.save_token("t1", SESSION, "ap_1")
    assert storage.queries.session("s1") == SESSION

    with storage.transaction() as work:
        work.open_session(later, SESSION.expires_at)
        assert not work.take_token("t1", SESSION, "ap_1")

    assert storage.queries.session("s1") is None
    assert storage.queries.session("s2") == later
