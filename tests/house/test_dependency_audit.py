"""An audit of the dependencies that could not look anything up is no clean one."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.project import ROOT

CLEAN = '{"dependencies": [{"name": "anything", "version": "1", "vulns": []}]}'
FOUND = CLEAN.replace("[]", '[{"id": "PYSEC-2019-217"}]')
# The audit itself, played: what it writes for the canary and for a lock.
PLAYED = """\
#!/bin/sh
while [ "$1" != --output ]; do shift; done
case "$4" in
  *canary*) printf '%s' '{canary}' >"$2"; exit {canary_code} ;;
  *) printf '%s' '{lock}' >"$2"; exit {lock_code} ;;
esac
"""


def audited(
    folder: Path, *, canary: tuple[str, int], lock: tuple[str, int]
) -> subprocess.CompletedProcess[str]:
    program = folder / "uv"
    program.write_text(
        PLAYED.format(
            canary=canary[0], canary_code=canary[1], lock=lock[0], lock_code=lock[1]
        )
    )
    program.chmod(0o755)
    return subprocess.run(  # noqa: S603 - a script of ours, and a program made here
        [ROOT / ".ci/audit-dependencies"],
        env={**os.environ, "UV": str(program)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "canary", [(CLEAN, 0), ("", 1), (CLEAN, 1)], ids=["blind", "broken", "not found"]
)
def test_what_finds_nothing_wrong_with_the_canary_is_not_believed(
    tmp_path: Path, canary: tuple[str, int]
) -> None:
    done = audited(tmp_path, canary=canary, lock=(CLEAN, 0))

    assert done.returncode == 1
    assert "NOT AUDITED" in done.stderr
    assert "No known vulnerability" not in done.stdout


def test_what_finds_the_canary_and_nothing_else_is_believed(tmp_path: Path) -> None:
    done = audited(tmp_path, canary=(FOUND, 1), lock=(CLEAN, 0))

    assert done.returncode == 0, done.stderr
    assert "No known vulnerability in what is locked." in done.stdout


def test_a_vulnerable_lock_fails_by_name_after_all_were_looked_at(
    tmp_path: Path,
) -> None:
    done = audited(tmp_path, canary=(FOUND, 1), lock=(FOUND, 1))

    assert done.returncode == 1
    assert "PYSEC-2019-217" in done.stdout
    assert "requirements-build.lock" in done.stderr
    assert "requirements-dev.lock" in done.stderr
