"""Everything that one round of requests for approval comes to, held as one value."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.approval import Approval, ApprovalState, SupersededBy
from service.domain.approval_request import Asker, awaiting_change, with_requests
from service.domain.approval_round import Facts, Round, hold_round
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.effect import OnExpiry
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    change_id,
)
from service.domain.limit_ground import Ground, Permit, Wanted
from service.domain.notification import Figures
from tests.approvals import approval
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    asking,
    capping,
    change,
    ground,
    limit,
    policy_set,
)
from tests.unit.domain.wishes import wanted

CAP = wanted(asking(capping(5000)))
FIRING = CAP.alert.id
APPROVED, EXPIRED = ApprovalState.APPROVED, ApprovalState.EXPIRED


def facts(*tried: LimitChange, on: Ground | None = None, **changes: Fields) -> Facts:
    """Give what a request for the cap stands against: its firing goes on."""
    built = Facts(
        wanted=(CAP,),
        firing=frozenset({FIRING}),
        watched=frozenset({FIRING}),
        ended=tried,
        ground=on or ground(),
    )
    return replace(built, **changes)


def request(**changes: Fields) -> Approval:
    """Give a request to cap the limit, asked a minute ago."""
    asked = approval(
        alert_id=FIRING,
        before=limit(10_000),
        requested_at=NOON - MINUTE,
        expires_at=NOON + HOUR,
    )
    return replace(asked, **changes)


def wish(**changes: Fields) -> Approval:
    """Give what one person asked for and another approved."""
    asked = approval(
        kind=ChangeKind.MANUAL,
        state=APPROVED,
        before=limit(10_000),
        after=limit(12_000),
        requested_by="key:alice",
        reason="launch week",
        alert_id=None,
        policy_id=None,
        threshold_id=None,
        override_until=NOON + DAY,
    )
    return replace(asked, **changes)


def tried(by: str = "ap_1", **changes: Fields) -> LimitChange:
    return change(approval_id=by, **changes)


@pytest.mark.parametrize(
    ("asked", "held", "edge", "became"),
    [
        pytest.param(
            request(state=APPROVED),
            facts(tried(), firing=frozenset()),
            ApprovalEdge.USED,
            {"state": ApprovalState.USED, "ended_at": NOON},
            id="a try of it came into force, though its firing is over",
        ),
        pytest.param(
            request(state=APPROVED),
            facts(tried("ap_2"), tried(state=ChangeState.FAILED), tried()),
            ApprovalEdge.USED,
            {"state": ApprovalState.USED, "ended_at": NOON},
            id="the second try of it came into force",
        ),
        pytest.param(
            request(),
            facts(firing=frozenset()),
            ApprovalEdge.SUPERSEDED,
            {
                "state": ApprovalState.SUPERSEDED,
                "ended_at": NOON,
                "ended_reason": "firing_ended",
            },
            id="its firing is over",
        ),
        pytest.param(
            request(expires_at=NOON),
            facts(),
            ApprovalEdge.EXPIRED,
            {"state": EXPIRED, "ended_at": NOON},
            id="nobody answered",
        ),
        pytest.param(
            request(expires_at=NOON, on_expiry=OnExpiry.APPLY),
            facts(),
            ApprovalEdge.EXPIRED,
            {"state": EXPIRED},
            id="nobody answered, and it goes on",
        ),
        pytest.param(
            request(expires_at=NOON + MINUTE),
            facts(),
            ApprovalEdge.REMINDED,
            {"reminded_at": NOON},
            id="half of the time is over",
        ),
    ],
)
def test_a_request_moves_by_one_edge_and_says_when(
    asked: Approval, held: Facts, edge: ApprovalEdge, became: Fields
) -> None:
    moved = replace(asked, **became)

    found = hold_round([asked], held)

    assert found.steps == (ApprovalStep(approval=moved, edge=edge),)
    assert found.approvals == {"ap_1": moved}


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        pytest.param(request(), facts(), id="it waits"),
        pytest.param(
            request(state=APPROVED, expires_at=NOON),
            facts(tried("ap_2"), tried(state=ChangeState.FAILED)),
            id="another's change came into force, its own did not",
        ),
        pytest.param(
            request(state=ApprovalState.DENIED, expires_at=NOON),
            facts(firing=frozenset()),
            id="it is over",
        ),
    ],
)
def test_a_request_stays_as_it_is(asked: Approval, held: Facts) -> None:
    found = hold_round([asked], held)

    assert (found.steps, found.approvals) == ((), {"ap_1": asked})


def test_a_wish_becomes_a_change_of_who_asked_with_all_that_was_said() -> None:
    first = request(id="ap_0", change_id="lc_0", state=APPROVED)

    found = hold_round([first, wish()], facts()).wish

    assert found == LimitChange(
        id=change_id("acme", "ap_1", "ck_1"),
        organization="acme",
        kind=ChangeKind.MANUAL,
        state=ChangeState.PLANNED,
        before=limit(10_000),
        after=limit(12_000),
        planned_at=NOON,
        requested_by="key:alice",
        period="2026-08",
        note="launch week",
        expires_at=NOON + DAY,
        approval_id="ap_1",
    )


def test_a_wish_that_waited_is_carried_out_as_the_change_that_waited() -> None:
    waited = change(
        ChangeKind.MANUAL, ChangeState.AWAITING_APPROVAL, planned_at=NOON - HOUR
    )

    found = hold_round([wish()], facts(on=ground(changes=(waited,)))).wish

    assert found is not None
    assert (found.id, found.state) == ("lc_1", ChangeState.APPROVED)
    assert (found.planned_at, found.approval_id) == (NOON - HOUR, "ap_1")


def test_the_change_that_waits_for_a_wish_has_its_words_and_its_end() -> None:
    asked = wish(state=ApprovalState.PENDING)

    assert awaiting_change(asked, "2026-08") == LimitChange(
        id="lc_1",
        organization="acme",
        kind=ChangeKind.MANUAL,
        state=ChangeState.AWAITING_APPROVAL,
        before=limit(10_000),
        after=limit(12_000),
        planned_at=NOON,
        requested_by="key:alice",
        period="2026-08",
        note="launch week",
        expires_at=NOON + DAY,
        approval_id="ap_1",
    )


def firing(number: int, to: int) -> Wanted:
    return wanted(asking(capping(to)), alert("stop", firing=number))


def asked_of(*effects: Wanted) -> Round:
    """Give a round in which a person is to be asked about each of the effects."""
    return hold_round([], facts(wanted=effects))


def test_what_a_rule_stands_against_keeps_nobody_from_being_asked_about_the_rest() -> (
    None
):
    refused, open_one = firing(1, 20_000), firing(2, 6000)
    asker = Asker(
        policies=policy_set(), ground=ground(), figures=Figures(state="known")
    )

    found = with_requests(asked_of(refused, open_one), asker)

    assert [each.alert_id for each in found.approvals.values()] == [open_one.alert.id]
    assert (found.wanted, found.asking) == ((refused,), ())


@pytest.mark.parametrize(
    ("asked", "is_spent"),
    [
        (request(state=APPROVED), False),
        (request(state=EXPIRED, on_expiry=OnExpiry.APPLY), False),
        (request(state=ApprovalState.USED), True),
    ],
)
def test_what_was_approved_may_be_planned_as_far_as_that(
    asked: Approval, *, is_spent: bool
) -> None:
    allowed = Permit(target=Decimal(5000), is_lowering=True, is_spent=is_spent)

    found = hold_round([asked], facts())

    assert (found.wanted, found.asking) == ((replace(CAP, permit=allowed),), ())


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"alert_id": "al_2"}, id="another firing"),
        pytest.param({"kind": ChangeKind.SET}, id="another effect"),
        pytest.param(
            {"ended_reason": SupersededBy.POLICY_CHANGED}, id="another policy"
        ),
    ],
)
def test_what_nobody_was_asked_about_is_to_be_asked(other: Fields) -> None:
    denied = request(state=ApprovalState.DENIED, **other)

    found = hold_round([denied], facts())

    assert CAP.threshold.then is not None
    assert CAP.threshold.then.asks is not None
    assert (found.wanted, found.asking) == ((), ((CAP, CAP.threshold.then.asks),))
