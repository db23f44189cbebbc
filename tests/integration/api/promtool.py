"""Prometheus's own tool, where there is one."""

import os
import shutil
import subprocess

import pytest

VARIABLE = "SPENDGUARD_TEST_PROMTOOL"


def promtool(*arguments: str, given: bytes = b"") -> str:
    """Run it; give what it said. Skips the test where there is none."""
    program = os.environ.get(VARIABLE) or shutil.which("promtool")
    if not program:
        pytest.skip(f"{VARIABLE} and PATH name no promtool: `make metrics-check` does")
    ended = subprocess.run(  # noqa: S603 - a program that the developer named
        [program, *arguments], input=given, capture_output=True, check=False
    )
    said = (ended.stdout + ended.stderr).decode()
    return said if ended.returncode == 0 else f"{said} (exit {ended.returncode})"
