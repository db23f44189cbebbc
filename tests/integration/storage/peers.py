"""PostgreSQL's own programs, as a person would call them."""

import shutil
import subprocess

import pytest


def run_program(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    subprocess.run(  # noqa: S603 - arguments of ours, no shell
        [path, *arguments], check=True, capture_output=True
    )
