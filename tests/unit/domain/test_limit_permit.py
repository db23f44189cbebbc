"""No further than approved, whatever the effect would come to now."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.limit_ground import Ground, Move, Permit
from service.domain.limit_permit import permitted_ceiling, within_permit
from tests.builders import Fields, asking, capping, ground, raising, snapshot
from tests.unit.domain.wishes import wanted

CAP = wanted(asking(capping(5000)))
RAISE = wanted(asking(raising(1000)))


def lowering(target: int) -> Move:
    return Move(
        kind=ChangeKind.CAP,
        target=Decimal(target),
        exact=Decimal(target),
        is_lowering=True,
    )


def lifting(target: int) -> Move:
    return replace(lowering(target), kind=ChangeKind.RAISE, is_lowering=False)


def permit(target: int, **changes: Fields) -> Permit:
    return replace(Permit(target=Decimal(target), is_lowering=True), **changes)


def up_to(target: int, **changes: Fields) -> Permit:
    return permit(target, is_lowering=False, **changes)


ROUND = ground()  # the limit stands at 10,000
BOUND = ground(guardrails={"min_limit": 6000, "max_limit": 12_000})
UNLIMITED = ground(snapshot(of=None))


@pytest.mark.parametrize(
    ("verdict", "allowed", "on", "expected"),
    [
        pytest.param(lowering(5000), None, ROUND, 5000, id="nobody was asked"),
        pytest.param(SkipReason.PAUSED, permit(1), ROUND, "paused", id="a rule holds"),
        pytest.param(lowering(5000), permit(7000), ROUND, 7000, id="no lower"),
        pytest.param(lowering(8000), permit(7000), ROUND, 8000, id="less is enough"),
        pytest.param(lifting(13_000), up_to(12_000), ROUND, 12_000, id="no higher"),
        pytest.param(lifting(11_000), up_to(12_000), ROUND, 11_000, id="a lower raise"),
        pytest.param(lowering(5000), permit(10_000), ROUND, "no_change", id="stands"),
        pytest.param(lifting(11_000), up_to(9000), ROUND, "no_change", id="is above"),
        pytest.param(lifting(11_000), up_to(10_000), ROUND, "no_change", id="is at"),
        pytest.param(lifting(11_000), permit(9000), ROUND, "guardrail", id="turned"),
        pytest.param(lowering(9000), up_to(11_000), ROUND, "guardrail", id="turned up"),
        pytest.param(
            lowering(9000), permit(9000, is_spent=True), ROUND, "no_change", id="used"
        ),
        pytest.param(
            lifting(13_000), up_to(13_000), BOUND, "guardrail", id="above a ceiling"
        ),
        pytest.param(lowering(5000), permit(5000), BOUND, "guardrail", id="too low"),
        pytest.param(lowering(5000), permit(6000), BOUND, 6000, id="at the lowest"),
        pytest.param(lifting(13_000), up_to(12_000), BOUND, 12_000, id="at a ceiling"),
        pytest.param(lowering(0), permit(0), ROUND, 0, id="nothing, where no bound is"),
        pytest.param(lowering(5000), permit(7000), UNLIMITED, 7000, id="unlimited"),
    ],
)
def test_an_effect_stays_within_what_was_approved(
    verdict: Move | SkipReason, allowed: Permit | None, on: Ground, expected: int | str
) -> None:
    wish = replace(CAP, permit=allowed)

    found = within_permit(wish, verdict, on)

    told = int(found.target) if isinstance(found, Move) else found.value
    assert told == expected


def test_a_cap_holds_raises_no_lower_than_it_was_approved() -> None:
    assert permitted_ceiling(CAP, Decimal(5000)) == 5000
    approved = replace(CAP, permit=permit(6000))
    assert permitted_ceiling(approved, Decimal(5000)) == 6000
    assert permitted_ceiling(approved, Decimal(7000)) == 7000


def test_only_what_was_let_go_ahead_binds() -> None:
    assert not CAP.binds
    assert replace(CAP, permit=permit(6000)).binds
    assert wanted(capping(5000)).binds
    assert not RAISE.binds
