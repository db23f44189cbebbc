"""A mutant: a patch with, above its diff, what it breaks and which tests guard it.

The first line is the sentence that is shown, such as "F02: units without a price count
as free."; each line that begins with "Guarded by: " names a test or a file of tests.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from tests.house.project import ROOT, project_files

PATCHES = Path(__file__).parent / "patches"
_GUARDED_BY = "Guarded by: "
# More than any of the guarding tests takes on a busy machine.
_PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One kept breakage."""

    name: str
    breaks: str
    tests: tuple[str, ...]
    patch: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the tests said: of the code as it is, or with one mutant in it."""

    code: int
    output: str

    @property
    def has_failures(self) -> bool:
        """Say whether tests ran and failed; an error of pytest itself is none."""
        return self.code == 1


def mutants() -> tuple[Mutant, ...]:
    """Read all patches, in the order of their names."""
    return tuple(_read(patch) for patch in sorted(PATCHES.glob("*.patch")))


def _read(patch: Path) -> Mutant:
    head = patch.read_text(encoding="utf-8").partition("\n--- ")[0].splitlines()
    tests = [line.removeprefix(_GUARDED_BY) for line in head if _GUARDED_BY in line]
    return Mutant(name=patch.stem, breaks=head[0], tests=tuple(tests), patch=patch)


def copy_project(folder: Path) -> None:
    """Copy what is under version control, so that the project itself stays whole."""
    for path in project_files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        copyfile(ROOT / path, folder / path)


def apply(mutant: Mutant, folder: Path, *options: str) -> str:
    """Apply (or, with `--reverse`, take back) a patch; give git's complaint, if any."""
    ended = subprocess.run(  # noqa: S603 - a fixed command on a file of ours
        ["git", "apply", *options, str(mutant.patch)],  # noqa: S607 - whichever git is here
        cwd=folder,
        # Not the repository around the folder: its paths are not these.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stderr.strip()


def try_tests(tests: tuple[str, ...], folder: Path) -> Trial:
    """Run tests in a copy of the project, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *tests],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(folder),
            # Two patches of one second would share what was compiled.
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return Trial(code=ended.returncode, output=ended.stdout + ended.stderr)
