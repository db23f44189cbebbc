"""The examples of a page, as a reader has them who follows along."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.policy_files.reader import Reading, read_set
from tests.house.project import ROOT
from tests.policies.shipped import EXPANDER

PAGE = (ROOT / "docs" / "policies.md").read_text("utf-8")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# A file is known by the key it begins with, after comments and the version.
_KINDS = {
    "organizations": "guard.yaml",
    "policies": "acme.yaml",
    "tests": "tests/acme.yaml",
}
_KIND = re.compile(r"^(organizations|policies|tests):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A block of the page: its line, its file, and the folder with it in its place."""

    line: int
    name: str
    folder: dict[str, str]

    def reading(self) -> Reading:
        """Load the folder as the service does."""
        files = [each for each in self.folder.items() if "/" not in each[0]]
        return read_set(files, EXPANDER)

    def write(self, folder: Path) -> Path:
        """Write the folder to disk; give it."""
        for name, text in self.folder.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return folder


def examples() -> Iterator[Example]:
    """Give each block; other policies take the tests of those before away."""
    folder: dict[str, str] = {}
    for found in BLOCK.finditer(PAGE):
        text = found[1]
        kind = _KIND.search(text)
        assert kind is not None, f"what is this?\n{text}"
        name = _KINDS[kind[1]]
        if name != _KINDS["tests"]:
            folder = {k: v for k, v in folder.items() if "/" not in k}
        folder = {**folder, name: text}
        yield Example(PAGE[: found.start()].count("\n") + 2, name, folder)


def named(example: Example) -> str:
    return f"{example.name}:{example.line}"
