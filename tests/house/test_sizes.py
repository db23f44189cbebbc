"""Nothing grows until it cannot be read in one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.project import ROOT, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.end_lineno or node.lineno
            yield f"{path}:{node.lineno} {node.name}", last - node.lineno + 1


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {
        str(path): (ROOT / path).read_bytes().count(b"\n") for path in python_files()
    }

    assert {path: size for path, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    sizes = dict(entry for path in python_files() for entry in functions(path))

    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_the_suite_hardly_patches() -> None:
    tests = [ROOT / path for path in python_files() if path.parts[0] == "tests"]
    # Written in halves, so that this line is not one of them.
    words = ["mock." + "patch", "mocker." + "patch", "monkeypatch." + "setattr"]
    counts = {
        str(path): sum(map(path.read_text("utf-8").count, words)) for path in tests
    }

    assert sum(counts.values()) < 10, {path: n for path, n in counts.items() if n}
