from pathlib import Path

import pytest

from tests.integration.policy_files.git_peer import ACME, GUARD, Desk, Follower


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "people")
    desk.publish(guard=GUARD, acme=ACME)
    return desk


@pytest.fixture
def follower(desk: Desk, tmp_path: Path) -> Follower:
    return Follower(desk, tmp_path / "product" / "git")
