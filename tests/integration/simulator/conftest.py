"""A healthy provider on loopback."""

from collections.abc import Iterator

import pytest

from tests.integration.simulator.provider import Provider, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as served:
        yield served
