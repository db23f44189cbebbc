"""Workspaces that policies name: found by uuid or name, and never guessed at."""

import pytest

from service.domain.usage import Failure, Workspace
from service.domain.workspaces import workspaces_named
from tests.builders import policy

LIVE = Workspace(uuid="u-1", name="search")
TWIN = Workspace(uuid="u-2", name="search")
ARCHIVED = Workspace(uuid="u-3", name="search", is_archived=True)
ALSO_ARCHIVED = Workspace(uuid="u-4", name="search", is_archived=True)
# Somebody gave it the uuid of another one as its name.
MISNAMED = Workspace(uuid="u-5", name="u-1")
OTHER = Workspace(uuid="u-6", name="agents")


def found(name: str, *listed: Workspace) -> str | Failure:
    named = policy(scope={"workspace": name})
    return workspaces_named([named], listed)[name]


@pytest.mark.parametrize(
    ("name", "listed", "uuid"),
    [
        pytest.param("search", (OTHER, LIVE), "u-1", id="by its name"),
        pytest.param("u-1", (OTHER, LIVE), "u-1", id="by its uuid"),
        pytest.param("u-2", (LIVE, TWIN), "u-2", id="one of two by its uuid"),
        pytest.param("u-1", (MISNAMED, LIVE), "u-1", id="a uuid before a name"),
        pytest.param("search", (ARCHIVED, LIVE), "u-1", id="a live one first"),
        pytest.param("search", (OTHER, ARCHIVED), "u-3", id="an archived one alone"),
    ],
)
def test_a_workspace_is_found(
    name: str, listed: tuple[Workspace, ...], uuid: str
) -> None:
    assert found(name, *listed) == uuid


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param((LIVE, TWIN, ARCHIVED), id="both live"),
        pytest.param((ARCHIVED, ALSO_ARCHIVED), id="both archived"),
    ],
)
def test_of_two_namesakes_neither_is_guessed_at(listed: tuple[Workspace, ...]) -> None:
    assert found("search", *listed) == Failure(
        reason="ambiguous_workspace",
        detail="the provider lists 2 workspaces called 'search': name it by its uuid",
    )


def test_a_workspace_that_is_not_listed_is_named() -> None:
    assert found("search", OTHER) == Failure(
        reason="unknown_workspace",
        detail="the provider lists no workspace called 'search'",
    )


def test_only_what_policies_name_is_looked_for_each_once() -> None:
    named = [
        policy(id=name, scope={"workspace": workspace} if workspace else {})
        for name, workspace in (("a", "search"), ("b", "search"), ("c", None))
    ]

    assert workspaces_named(named, (LIVE, OTHER)) == {"search": "u-1"}
    assert workspaces_named([named[-1]], (LIVE, OTHER)) == {}
