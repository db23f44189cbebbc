"""The project as its own tests see it: what is, or would be, under version control."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root; what git ignores is left out."""
    listed = subprocess.run(  # noqa: S603 (a fixed command)
        # A clone may belong to somebody else, as in a container: git asks to be told.
        ["git", "-c", "safe.directory=*", *_LIST],  # noqa: S607 (whichever git is here)
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    paths = sorted({Path(name) for name in listed if name})
    return tuple(path for path in paths if (ROOT / path).is_file())


# New files count before they are added, so that a test fails before the commit.
_LIST = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in project_files() if path.suffix == ".py")


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
