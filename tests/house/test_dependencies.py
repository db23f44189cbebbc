"""What the product stands on is locked, explained, and free to be passed on."""

import re
from importlib.metadata import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import ROOT, pyproject

LOCKED = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._-]*)(?:\[.*\])?==(?P<version>[^\s;]+)", re.MULTILINE
)
# "GPL-3.0", "AGPL-3.0", "GPLv3", "General Public License"; never "LGPL" or "Lesser".
COPYLEFT = re.compile(
    r"\bA?GPL|\bAffero\b|(?<!Lesser )(?<!Library )\bGeneral Public License"
)


def locked(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        canonicalize_name(hit["name"]): hit["version"] for hit in LOCKED.finditer(text)
    }


def runtime_requirements() -> list[Requirement]:
    project = pyproject()["project"]
    extras = [
        line for lines in project["optional-dependencies"].values() for line in lines
    ]
    return [Requirement(line) for line in [*project["dependencies"], *extras]]


def development_requirements() -> list[Requirement]:
    return [Requirement(line) for line in pyproject()["dependency-groups"]["dev"]]


def licence_words(name: str) -> str:
    """Say what a package declares: its expression, else the older fields."""
    fields = metadata(name)
    if "License-Expression" in fields:
        return fields["License-Expression"]
    # The field may hold a whole licence text, whose first line is its title.
    declared = [text.split("\n")[0] for text in fields.get_all("License") or []]
    classifiers = [
        c for c in fields.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    return " | ".join([*declared, *classifiers])


def missing(requirements: list[Requirement], lock: str) -> list[str]:
    versions = locked(lock)
    return [
        str(wanted)
        for wanted in requirements
        if not wanted.specifier.contains(
            versions.get(canonicalize_name(wanted.name), "0")
        )
    ]


def test_every_runtime_dependency_is_in_the_runtime_lock() -> None:
    assert missing(runtime_requirements(), "requirements.lock") == []


def test_every_dependency_is_in_the_development_lock() -> None:
    wanted = [*runtime_requirements(), *development_requirements()]

    assert missing(wanted, "requirements-dev.lock") == []


def test_what_builds_the_package_is_in_the_build_lock() -> None:
    wanted = [Requirement(line) for line in pyproject()["build-system"]["requires"]]

    assert missing(wanted, "requirements-build.lock") == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock"])
def test_the_tests_run_with_the_versions_that_are_shipped(lock: str) -> None:
    assert locked(lock).items() <= locked("requirements-dev.lock").items()


def test_every_dependency_has_one_line_that_says_why() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = sorted(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    wanted = [*runtime_requirements(), *development_requirements()]

    assert explained == sorted({requirement.name for requirement in wanted})


@pytest.mark.parametrize("name", sorted(locked("requirements.lock")))
def test_no_shipped_package_is_under_a_licence_that_binds_the_product(
    name: str,
) -> None:
    words = licence_words(name)

    assert words, f"{name} declares no licence"
    assert not COPYLEFT.search(words), f"{name}: {words}"


@pytest.mark.parametrize(
    ("words", "binds"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("LGPL-3.0-only", False),
        (
            "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
            False,
        ),
        ("MIT", False),
    ],
)
def test_the_licence_words_that_bind_are_told_apart(words: str, *, binds: bool) -> None:
    assert bool(COPYLEFT.search(words)) is binds
