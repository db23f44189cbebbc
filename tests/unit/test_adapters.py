"""Adapters are made once per configuration and closed when nobody can use them."""

import pytest

from service.bootstrap.adapters import Adapters
from service.domain.errors import NotFound


class Connection:
    def __init__(self, address: str) -> None:
        self.address = address
        self.closings = 0

    def close(self) -> None:
        self.closings += 1


class Declared:
    def __init__(self) -> None:
        self.addresses = {"acme": "one"}

    def wanted(self, name: str) -> str:
        if name not in self.addresses:
            raise NotFound(name)
        return self.addresses[name]


@pytest.fixture
def declared() -> Declared:
    return Declared()


def test_the_same_configuration_gives_the_same_adapter(declared: Declared) -> None:
    adapters = Adapters(declared.wanted, Connection)

    assert adapters.get("acme") is adapters.get("acme")


def test_a_changed_configuration_gives_a_new_one(declared: Declared) -> None:
    adapters = Adapters(declared.wanted, Connection)
    first = adapters.get("acme")

    declared.addresses["acme"] = "two"
    second = adapters.get("acme")

    assert second.address == "two"
    assert first.closings == 0, "a check may be using it"

    declared.addresses["acme"] = "three"
    adapters.get("acme")
    assert (first.closings, second.closings) == (1, 0)


def test_closing_closes_all(declared: Declared) -> None:
    adapters = Adapters(declared.wanted, Connection)
    first = adapters.get("acme")
    declared.addresses["acme"] = "two"
    second = adapters.get("acme")

    adapters.close()

    assert (first.closings, second.closings) == (1, 1)


def test_what_is_not_declared_is_not_made(declared: Declared) -> None:
    with pytest.raises(NotFound):
        Adapters(declared.wanted, Connection).get("beta")
