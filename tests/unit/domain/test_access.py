from datetime import datetime

import pytest

from service.domain.access import ApiKey, Role
from tests.builders import HOUR, NOON


@pytest.mark.parametrize(
    ("has", "needs", "expected"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.VIEWER, Role.ADMIN, False),
        (Role.OPERATOR, Role.VIEWER, True),
        (Role.OPERATOR, Role.OPERATOR, True),
        (Role.OPERATOR, Role.ADMIN, False),
        (Role.ADMIN, Role.VIEWER, True),
        (Role.ADMIN, Role.OPERATOR, True),
        (Role.ADMIN, Role.ADMIN, True),
    ],
)
def test_each_role_includes_the_ones_before_it(
    has: Role, needs: Role, *, expected: bool
) -> None:
    assert has.allows(needs) is expected


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "expected"),
    [
        pytest.param(None, None, True, id="without an end"),
        pytest.param(NOON + HOUR, None, True, id="before it expires"),
        pytest.param(NOON, None, False, id="when it expires"),
        pytest.param(None, NOON - HOUR, False, id="once it is revoked"),
        pytest.param(NOON + HOUR, NOON, False, id="revoked before it expires"),
    ],
)
def test_a_key_opens_doors(
    expires_at: datetime | None, revoked_at: datetime | None, *, expected: bool
) -> None:
    key = ApiKey(
        id="key_1",
        name="alice",
        role=Role.VIEWER,
        digest="0" * 64,
        created_at=NOON,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )

    assert key.is_valid(NOON) is expected
