"""Markdown for a pull request: what comes from elsewhere is text in it, never markup.

Ids and values stand in code, sentences are escaped sign by sign, output in a fence that
nothing in it can close. GitHub and GitLab both read it so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from service.cli.output import harmless

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&:$^-])")
# A name after it would be called to the pull request, whatever is escaped.
_CALLS = re.compile(r"@(?=\w)")
# Made into links without any markup.
_ADDRESSES = re.compile(r"(?i)\b(www)(?=\.)")
_BACKTICKS = re.compile("`+")
_MOST_ROWS = 40
_LONGEST = 300
_LEAST_FENCE = 3


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give the lines of a table, of at most 40 rows and a word on the others."""
    yield _row(columns)
    yield _row(["---"] * len(columns))
    for row in rows[:_MOST_ROWS]:
        yield _row(row)
    if len(rows) > _MOST_ROWS:
        rest = f"… and {len(rows) - _MOST_ROWS} more"
        yield _row([rest, *[""] * (len(columns) - 1)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def code(text: str) -> str:
    """Write a value as code, in which nothing is markup but its own end."""
    plain = _shortened(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain.strip() else ""


def prose(text: str) -> str:
    """Write a sentence in which every sign that could be markup is escaped."""
    escaped = _MARKUP.sub(r"\\\1", _shortened(text))
    return _ADDRESSES.sub("\\1\u200b", _CALLS.sub("@\u200b", escaped))


def fenced(lines: Iterable[str]) -> Iterator[str]:
    """Give lines as they are, in a fence that none of them closes.

    In it nothing is called, linked or obeyed, a line that begins with `/` neither.
    """
    plain = [_shortened(each) for each in lines]
    runs = [len(run) for each in plain for run in _BACKTICKS.findall(each)]
    fence = "`" * max(_LEAST_FENCE, *(run + 1 for run in runs), 0)
    yield f"{fence}text"
    yield from plain
    yield fence


def _shortened(text: str) -> str:
    plain = harmless(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
