"""The tree drawn in the README is the tree that is there."""

import re
from pathlib import Path

import pytest

from tests.house.project import ROOT, project_files

BLOCK = re.compile(
    r"^## Layout\n.*?^```text\n(?P<tree>.*?)^```$", re.DOTALL | re.MULTILINE
)
ENTRY = re.compile(
    r"^(?P<depth>(?:(?:│| ) {3})*)(?P<branch>[├└]── )?(?P<name>[^\s│├└]\S*)"
)


def drawn_paths(tree: str) -> set[Path]:
    """Read `├── name` lines; names at the left edge stand at the root."""
    parents: list[str] = []
    drawn = set()
    for line in tree.splitlines():
        entry = ENTRY.match(line)
        if entry is None or (entry["depth"] and not entry["branch"]):
            continue  # empty, or an explanation that runs on
        depth = len(entry["depth"]) // 4 + (entry["branch"] is not None)
        parents[depth:] = [entry["name"].rstrip("/")]
        drawn.add(Path(*parents))
    return drawn


@pytest.fixture(scope="module")
def drawn() -> set[Path]:
    block = BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert block is not None, "README.md has no drawn tree under '## Layout'"
    return drawn_paths(block["tree"])


def test_a_drawn_tree_is_read_with_its_nesting() -> None:
    tree = """\
Makefile       commands
service/
├── cli/       one file per command group,
│              and what they share
│   └── a.py
└── b.py
docs/
"""

    assert drawn_paths(tree) == {
        Path("Makefile"),
        Path("service"),
        Path("service/cli"),
        Path("service/cli/a.py"),
        Path("service/b.py"),
        Path("docs"),
    }


def test_everything_drawn_exists(drawn: set[Path]) -> None:
    files = set(project_files())
    there = files | {parent for path in files for parent in path.parents}

    assert sorted(drawn - there) == []


def test_every_folder_at_the_top_is_drawn(drawn: set[Path]) -> None:
    folders = {Path(path.parts[0]) for path in project_files() if len(path.parts) > 1}

    assert sorted(folders - drawn) == []


def test_every_file_and_folder_of_the_service_is_drawn(drawn: set[Path]) -> None:
    rooms = {
        Path(*path.parts[:2]) for path in project_files() if path.parts[0] == "service"
    }

    assert sorted(rooms - drawn) == []
