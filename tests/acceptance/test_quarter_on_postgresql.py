"""The disturbed quarter once more, on PostgreSQL."""

from pathlib import Path

import pytest

from tests.acceptance.quarter import (
    EVERY,
    live_through,
    quarter,
    require_all_promises,
)
from tests.acceptance.world import running_world

pytestmark = [pytest.mark.no_cover, pytest.mark.long, pytest.mark.postgresql]


@pytest.mark.parametrize("every", EVERY)
def test_a_quarter_is_told_once_and_guarded(
    tmp_path: Path, postgresql_url: str, every: int
) -> None:
    with running_world(quarter(), tmp_path, postgresql_url) as world:
        live_through(world, is_disturbed=True, every=every)
        require_all_promises(world)
