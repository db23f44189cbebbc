"""The commit of a folder inside a git checkout, asked of the `git` program."""

import os
import shutil
import subprocess  # nosec B404 # for git alone, below
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_SECONDS = 5
_DIRTY = "+dirty"
# Only what is policy: `tests/` and other files do not make a revision another one.
_POLICY_FILES = ":(glob)*.yaml"
_SETTINGS = (
    # The folder may belong to somebody else, as in a container; and as it may, no
    # program that its settings name is started.
    "safe.directory=*",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The newest commit that touched the policy files, `+dirty` if they differ."""

    commit: str
    author: str


def checkout(folder: Path, environment: Mapping[str, str]) -> Checkout | None:
    """Give the commit of a folder; None outside a checkout, or without `git`."""
    git = _Git(folder, environment.get("PATH", os.defpath))
    logged = git.ask("log", "-1", "--format=%H%n%an <%ae>", "--", _POLICY_FILES)
    if not logged:
        return None
    commit, author = logged.split("\n", 1)
    status = git.ask("status", "--porcelain", "--", _POLICY_FILES)
    # Unknown counts as different: a commit is named only for what it holds.
    dirty = "" if status == "" else _DIRTY
    return Checkout(commit=commit + dirty, author=author.strip())


def head_log(folder: Path, environment: Mapping[str, str]) -> Path | None:
    """Give the file that git appends to at each commit, to see one by."""
    git = _Git(folder, environment.get("PATH", os.defpath))
    file = git.ask("rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD")
    return Path(file) if file else None


@dataclass(frozen=True, slots=True)
class _Git:
    folder: Path
    search_path: str

    def ask(self, *arguments: str) -> str | None:
        """Run git; None where it is missing, slow or has no answer."""
        program = shutil.which("git", path=self.search_path)
        if program is None:
            return None
        settings = (each for setting in _SETTINGS for each in ("-c", setting))
        try:
            done = subprocess.run(  # noqa: S603 # nosec B603 # no shell, and no argument from outside
                [program, *settings, *arguments],
                cwd=self.folder,
                env={
                    "PATH": self.search_path,
                    "LC_ALL": "C",
                    # Reading must not write: a mounted folder may be read-only.
                    "GIT_OPTIONAL_LOCKS": "0",
                },
                capture_output=True,
                check=True,
                timeout=_PATIENCE_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode(errors="replace").strip("\n")
