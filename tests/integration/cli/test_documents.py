"""What the documents say of commands and settings is so."""

import re
import shlex
from pathlib import Path

import pytest

from service.settings import PREFIX, Settings, read_settings
from tests.integration.cli.conftest import Cli

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCK = re.compile(r"^```sh\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
NAMES = re.compile(r"^\| `SPENDGUARD_(\w+)` \| `?([^`|]+?)`? \|", re.MULTILINE)


def examples(page: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    lines = (
        line for block in BLOCK.finditer(text) for line in block["lines"].splitlines()
    )
    return [line for line in lines if line.startswith("spendguard ")]


@pytest.mark.parametrize(
    "line", dict.fromkeys([*examples("cli.md"), *examples("policies.md")])
)
def test_every_example_names_a_command_and_options_that_exist(
    line: str, cli: Cli
) -> None:
    _, *words = shlex.split(line.partition(">")[0], comments=True)
    options = [word for word in words if word.startswith("-")]
    path: list[str] = []
    for word in words:
        if cli(*path, word, "--help").code != 0:
            break
        path.append(word)

    explained = cli(*path, "--help")

    assert path
    assert explained.code == 0
    for option in options:
        assert option in explained.out, f"{option} of {' '.join(path)}"


def test_the_table_of_settings_is_complete_and_right() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    rows = dict(NAMES.findall(text))

    fields = set(Settings.__dataclass_fields__) - {"limits"} | {"max_limit"}
    assert set(rows) == {field.upper() for field in fields}
    given = {
        f"{PREFIX}{name}": default
        for name, default in rows.items()
        if default != "none"
    }
    assert read_settings(given) == Settings()
