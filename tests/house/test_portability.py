"""The project speaks of itself: no machine, no package source is written into it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT, project_files

# A letter in brackets keeps each pattern from finding itself.
MACHINE_PATH = re.compile(r"(?<![\w./$}])/(?:hom[e]|roo[t]|wor[k]|far[m]|User[s])/\w")
REGISTRY_HOST = re.compile(
    r"(?<![a-z0-9.-])(?:"
    r"pyp[i]\.org|(?:files\.)?pythonhoste[d]\.org|registry\.(?:npmj[s]|yarnpk[g])\.(?:org|com)"
    r"|(?:deb|security)\.debia[n]\.org|(?:registry-1\.)?docke[r]\.io|gh[c]r\.io|qua[y]\.io"
    r"|proxy\.golan[g]\.org|(?:index|static)\.crate[s]\.io"
    r")"
)


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in project_files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a font or an image
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                yield f"{path}:{number}: {line.strip()[:100]}"


def test_no_path_of_a_machine_is_written_down() -> None:
    assert list(lines_with(MACHINE_PATH)) == []


def test_no_host_of_a_package_registry_is_written_down() -> None:
    assert list(lines_with(REGISTRY_HOST)) == []


@pytest.mark.parametrize(
    "lock", sorted(path.name for path in ROOT.glob("requirements*.lock"))
)
def test_a_lock_holds_versions_and_hashes_and_no_addresses(lock: str) -> None:
    version = r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,-]+\])?==[^\s;]+(?: ; [^\\]+)? \\"
    digest = r"    --hash=sha256:[0-9a-f]{64}(?: \\)?"
    line = re.compile(f"(?:{version}|{digest})")
    others = [
        text
        for text in (ROOT / lock).read_text("utf-8").splitlines()
        if not line.fullmatch(text)
    ]

    assert others == []


def test_the_container_takes_in_only_what_it_is_made_of() -> None:
    lines = Path(ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert next(line for line in lines if not line.startswith("#")) == "*"
