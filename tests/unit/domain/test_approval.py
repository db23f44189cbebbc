"""What may become of a request for approval, seen by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.approval import (
    Approval,
    ApprovalState,
    answer,
    approval_id,
    expire,
    followed,
    is_waiting,
    use,
    wants_reminder,
)
from service.domain.effect import OnExpiry
from service.domain.errors import (
    AlreadyDecided,
    ApprovalExpired,
    InvalidInput,
    OwnRequest,
)
from service.domain.limit_change import ChangeKind, ChangeState, require_move
from service.domain.usage import SpendLimit
from tests.approvals import approval
from tests.builders import HOUR, MINUTE, NOON, Fields, change, limit

PENDING, APPROVED = ApprovalState.PENDING, ApprovalState.APPROVED


def decided(of: Approval, *, actor: str = "key:bob", **changes: Fields) -> Approval:
    given: Fields = {"is_granted": True, "note": "", "now": NOON + MINUTE} | changes
    return answer(of, actor=actor, **given)


def test_a_person_approves_and_is_named() -> None:
    granted = decided(approval(), note="go on")

    assert granted.state is APPROVED
    assert (granted.decided_by, granted.note) == ("key:bob", "go on")
    assert granted.decided_at == NOON + MINUTE
    assert granted.is_in_force
    assert granted.is_open
    assert granted.ended_at is None


def test_a_person_denies_and_nothing_goes_on() -> None:
    denied = decided(approval(), is_granted=False)

    assert denied.state is ApprovalState.DENIED
    assert denied.decided_by == "key:bob"
    assert denied.ended_at == NOON + MINUTE
    assert not denied.is_open


def test_nobody_decides_on_their_own_request() -> None:
    with pytest.raises(OwnRequest):
        decided(approval(requested_by="key:bob"))


def test_a_request_for_no_limit_at_all_has_no_target() -> None:
    unlimited = replace(approval(), after=SpendLimit(None))

    with pytest.raises(InvalidInput, match="no limit at all"):
        _ = unlimited.target


@pytest.mark.parametrize(
    "state",
    [
        APPROVED,
        ApprovalState.DENIED,
        ApprovalState.SUPERSEDED,
    ],
)
def test_what_is_decided_is_not_decided_again(state: ApprovalState) -> None:
    with pytest.raises(AlreadyDecided, match=rf"{state} by key:eve already"):
        decided(approval(state=state, decided_by="key:eve"))


@pytest.mark.parametrize(
    ("by", "reason", "said"),
    [
        ("key:eve", "", "ap_1 was approved by key:eve and carried out already"),
        (None, "", "ap_1 was carried out already"),
        (
            "key:eve",
            "not_in_force",
            "ap_1 was approved by key:eve and tried: not in force already",
        ),
    ],
)
def test_what_was_carried_out_is_not_decided_again(
    by: str | None, reason: str, said: str
) -> None:
    used = approval(
        id="ap_1", state=ApprovalState.USED, decided_by=by, ended_reason=reason
    )

    with pytest.raises(AlreadyDecided) as refused:
        decided(used)

    assert str(refused.value) == said


def test_what_ended_without_a_person_names_none() -> None:
    with pytest.raises(AlreadyDecided, match="is superseded already"):
        decided(approval(state=ApprovalState.SUPERSEDED))


@pytest.mark.parametrize("state", [PENDING, ApprovalState.EXPIRED])
def test_an_answer_that_comes_too_late_is_refused(state: ApprovalState) -> None:
    with pytest.raises(ApprovalExpired, match="nobody had answered"):
        decided(approval(state=state), now=NOON + 2 * HOUR)


@pytest.mark.parametrize("on_expiry", list(OnExpiry))
def test_nobodys_answer_is_nobodys(on_expiry: OnExpiry) -> None:
    expired = expire(approval(on_expiry=on_expiry), NOON + 2 * HOUR)

    assert expired.state is ApprovalState.EXPIRED
    assert expired.decided_by is None
    assert expired.is_in_force is (on_expiry is OnExpiry.APPLY)
    assert expired.is_open is expired.is_in_force
    assert (expired.ended_at is None) is expired.is_in_force


@pytest.mark.parametrize(
    ("of", "after", "expected"),
    [
        pytest.param(approval(), 59 * MINUTE, False, id="before half time"),
        pytest.param(approval(), HOUR, True, id="at half time"),
        pytest.param(approval(reminded_at=NOON + HOUR), HOUR, False, id="said"),
        pytest.param(approval(state=APPROVED), HOUR, False, id="answered"),
    ],
)
def test_half_of_the_time_is_worth_one_reminder(
    of: Approval, after: timedelta, *, expected: bool
) -> None:
    assert wants_reminder(of, NOON + after) is expected


@pytest.mark.parametrize(
    ("of", "standing", "expected"),
    [
        pytest.param(approval(), limit(6000), False, id="a cap still to come"),
        pytest.param(approval(), limit(5000), True, id="a cap that stands"),
        pytest.param(approval(), limit(4000), True, id="lower than the cap"),
        pytest.param(approval(), limit(None), False, id="unlimited is not capped"),
        pytest.param(approval(), None, False, id="an unreadable limit"),
        pytest.param(approval(after=limit(7000)), limit(6500), False, id="a raise"),
        pytest.param(approval(after=limit(7000)), limit(7000), True, id="raised"),
        pytest.param(approval(after=limit(7000)), limit(None), True, id="unlimited"),
    ],
)
def test_a_limit_that_stands_there_leaves_nothing_to_approve(
    of: Approval, standing: SpendLimit | None, *, expected: bool
) -> None:
    assert of.is_reached(standing) is expected


def test_a_wish_is_for_more_even_where_the_limit_was_not_known() -> None:
    assert not approval(before=None, alert_id=None).is_lowering
    assert approval(before=limit(None)).is_lowering


@pytest.mark.parametrize(
    ("of", "ended", "expected"),
    [
        pytest.param(
            approval(state=APPROVED), ChangeState.APPLIED, "used", id="applied"
        ),
        pytest.param(
            approval(state=APPROVED), ChangeState.FAILED, "approved", id="tried again"
        ),
        pytest.param(
            approval(state=APPROVED, alert_id=None),
            ChangeState.FAILED,
            "used",
            id="a wish is tried once",
        ),
        pytest.param(
            approval(state=APPROVED), ChangeState.SKIPPED, "approved", id="skipped"
        ),
        pytest.param(approval(), ChangeState.APPLIED, "pending", id="never approved"),
        pytest.param(
            approval(state=ApprovalState.EXPIRED, on_expiry=OnExpiry.APPLY),
            ChangeState.APPLIED,
            "used",
            id="nobody answered",
        ),
    ],
)
def test_an_approval_is_used_up_by_the_change_in_force(
    of: Approval, ended: ChangeState, expected: str
) -> None:
    assert use(of, change(state=ended), NOON).state == expected


@pytest.mark.parametrize(
    ("of", "waiting", "expected"),
    [
        (approval(state=APPROVED), "awaiting_approval", "approved"),
        (approval(state=ApprovalState.DENIED), "awaiting_approval", "denied"),
        (approval(state=ApprovalState.EXPIRED), "awaiting_approval", "expired"),
        (approval(state=ApprovalState.SUPERSEDED), "approved", "skipped"),
        (approval(state=ApprovalState.SUPERSEDED), "failed", "failed"),
        (approval(), "awaiting_approval", "awaiting_approval"),
        (approval(state=ApprovalState.USED), "applied", "applied"),
    ],
)
def test_the_change_follows_its_approval(
    of: Approval, waiting: str, expected: str
) -> None:
    before = change(state=ChangeState(waiting), settled_at=None)

    after = followed(before, of)

    assert after.state == expected
    if after != before:
        require_move(before.state, after.state)


def test_a_change_waits_until_it_is_tried() -> None:
    waiting = {state for state in ChangeState if is_waiting(change(state=state))}

    assert waiting == {
        ChangeState.AWAITING_APPROVAL,
        ChangeState.APPROVED,
        ChangeState.EXPIRED,
    }


def test_two_requests_never_share_an_id() -> None:
    ids = {approval_id(origin, number) for origin in ("a", "b") for number in (0, 1)}

    assert len(ids) == 4


def test_a_wish_is_a_persons() -> None:
    asked = replace(approval(kind=ChangeKind.MANUAL), alert_id=None)

    assert asked.is_wish
    assert not approval().is_wish
