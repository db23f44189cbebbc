"""The audit log is exported whole and verified chain by chain."""

import json
from dataclasses import replace

import pytest

from service.domain.errors import NotFound
from service.pipeline.respond import pause, resume
from service.pipeline.respond_audit import chains_of, export, verify
from tests.unit.pipeline.respond_world import ACTOR, World


def with_entries(pairs: int) -> World:
    world = World()
    for _ in range(pairs):
        pause(world.services(), actor=ACTOR)
        resume(world.services(), actor=ACTOR)
    return world


def test_all_chains_are_named_or_the_one_asked_for() -> None:
    services = with_entries(1).services()

    assert chains_of(services, None) == ("system",)
    assert chains_of(services, "system") == ("system",)
    with pytest.raises(NotFound):
        chains_of(services, "acme")


def test_a_long_chain_is_exported_to_its_end() -> None:
    services = with_entries(4).services()

    lines = [json.loads(line) for line in export(services, ["system"])]

    assert [line["seq"] for line in lines] == list(range(1, 9))


def test_a_chain_without_entries_verifies() -> None:
    verdict = verify(World().services(), "acme")

    assert verdict.is_valid
    assert verdict.head == "0" * 64


def test_an_untouched_chain_verifies() -> None:
    verdict = verify(with_entries(2).services(), "system")

    assert verdict.is_valid
    assert verdict.entries == 4


def test_an_edited_entry_is_named() -> None:
    world = with_entries(2)
    entry = world.tables.entries[1]
    world.tables.entries[1] = replace(entry, fact=replace(entry.fact, actor="key:eve"))

    verdict = verify(world.services(), "system")

    assert verdict.broken_at == 2
