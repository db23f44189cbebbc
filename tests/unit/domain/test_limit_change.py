import pytest

from service.domain.errors import Conflict
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    change_id,
    is_news,
    require_move,
)
from tests.builders import NOON, change

MOVES = {
    ("planned", "awaiting_approval"),
    ("awaiting_approval", "approved"),
    ("awaiting_approval", "denied"),
    ("awaiting_approval", "expired"),
    ("awaiting_approval", "skipped"),
    ("approved", "requested"),
    ("approved", "skipped"),
    ("expired", "requested"),
    ("expired", "skipped"),
    ("planned", "requested"),
    ("planned", "skipped"),
    ("requested", "applied"),
    ("requested", "failed"),
    ("requested", "unknown"),
    ("requested", "skipped"),
    ("unknown", "applied"),
    ("unknown", "failed"),
    ("failed", "applied"),
}


@pytest.mark.parametrize("after", list(ChangeState))
@pytest.mark.parametrize("before", list(ChangeState))
def test_a_change_moves_only_where_it_may(
    before: ChangeState, after: ChangeState
) -> None:
    if (before.value, after.value) in MOVES:
        require_move(before, after)
    else:
        with pytest.raises(Conflict, match=f"from {before} to {after}"):
            require_move(before, after)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_only_a_persons_change_is_not_automatic(kind: ChangeKind) -> None:
    assert change(kind).is_automatic is (kind is not ChangeKind.MANUAL)
    assert change(kind).is_restore is (kind is ChangeKind.RESTORE)


@pytest.mark.parametrize("state", list(ChangeState))
def test_a_change_is_unsettled_while_the_provider_may_have_it(
    state: ChangeState,
) -> None:
    expected = state in {ChangeState.REQUESTED, ChangeState.UNKNOWN}

    assert change(state=state).is_unsettled is expected


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        (change(state=ChangeState.AWAITING_APPROVAL, settled_at=None), "news"),
        (change(state=ChangeState.APPROVED, settled_at=None), "none"),
        (change(state=ChangeState.EXPIRED, settled_at=None), "none"),
        (change(state=ChangeState.EXPIRED, settled_at=NOON), "news"),
        (change(state=ChangeState.DENIED, settled_at=NOON), "news"),
    ],
)
def test_a_change_that_waits_is_news_when_it_begins_and_ends(
    waits: LimitChange, expected: str
) -> None:
    assert is_news(waits) is (expected == "news")


def test_an_id_follows_from_organization_origin_and_occasion() -> None:
    ids = {
        change_id(organization, origin, occasion)
        for organization in ("acme", "beta")
        for origin in ("al_1", "key:alice")
        for occasion in ("ck_1", "ck_2")
    }

    assert len(ids) == 8
    assert change_id("acme", "al_1", "ck_1") in ids
