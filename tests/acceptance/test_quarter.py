"""A quarter is told once and guarded, whatever is restarted in the middle of it."""

from pathlib import Path

import pytest

from tests.acceptance.quarter import (
    EVERY,
    live_through,
    quarter,
    require_all_promises,
    story_of,
)
from tests.acceptance.world import running_world

# Tracing six thousand checks would tell nothing that shorter tests do not.
pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("every", EVERY)
def test_restarts_change_nothing_of_what_a_quarter_comes_to(
    tmp_path: Path, every: int
) -> None:
    stories = []
    for name in ("undisturbed", "disturbed"):
        folder = tmp_path / name
        folder.mkdir()
        database_url = f"sqlite:///{folder / 'spendguard.db'}"
        with running_world(quarter(), folder, database_url) as world:
            live_through(world, is_disturbed=name == "disturbed", every=every)
            require_all_promises(world)
            stories.append(story_of(world))

    undisturbed, disturbed = stories
    assert disturbed.alerts == undisturbed.alerts
    assert disturbed.limits == undisturbed.limits
    assert len(disturbed.messages) == len(undisturbed.messages)
