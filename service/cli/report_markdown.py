"""All that is known of changed policies, as one comment on a pull request."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

# What GitHub takes for a comment; GitLab takes more.
MOST_CHARACTERS = 65_536
_TITLE = "### Spendguard: the policies of this change"
_OPEN_FENCE = re.compile("^(`{3,})[a-z]*$")
# More than the words on what was cut, and the end of a fence.
_CUT_ROOM = 200


class Outcome(StrEnum):
    """What came of one of the checks; a later one is worse."""

    FINE = "fine"
    LOOK = "look"  # a person should look before this goes live
    NOT_DONE = "not done"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """Give 0 for fine, up to 3 for failed."""
        return list(Outcome).index(self)


_SIGNS = {
    Outcome.FINE: "✓ fine",
    Outcome.LOOK: "**! look**",
    Outcome.NOT_DONE: "**? not done**",
    Outcome.FAILED: "**✗ failed**",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One check: its name, what came of it in a line of Markdown, and the details.

    `name` is of our own making and plain: it may stand where nothing is escaped.
    """

    name: str
    outcome: Outcome
    summary: str
    lines: tuple[str, ...] = ()


def worst_of(sections: Sequence[Section]) -> Outcome:
    """Give the worst outcome of all."""
    return max((each.outcome for each in sections), key=lambda outcome: outcome.rank)


def marker_of(subject: str) -> str:
    """Give the line by which the comment on a folder is found again."""
    name = re.sub(r"[^A-Za-z0-9_./]+", "-", subject)
    return f"<!-- spendguard:policy-report {name} -->"


def report_markdown(sections: Sequence[Section], subject: str, about: str) -> str:
    """Give the comment, in 65,536 characters at most.

    `about` is a last line of Markdown: which commit and when. What has no room is left
    out line by line, and the comment says how much and where it can be read.
    """
    head = [marker_of(subject), _TITLE, "", "| check | | result |", "|---|---|---|"]
    head += [f"| {s.name} | {_SIGNS[s.outcome]} | {s.summary} |" for s in sections]
    detailed = [each for each in sections if each.lines]
    frames = [_frame(each) for each in detailed]
    fixed = [*head, "", about, *(line for frame in frames for line in frame)]
    room = MOST_CHARACTERS - _size(fixed)
    shares = _shares([_size(each.lines) for each in detailed], room)
    body = list(head)
    for section, (above, below), share in zip(detailed, frames, shares, strict=True):
        body += [above, *_cut(section, share), below]
    return "\n".join([*body, "", about])


def _frame(section: Section) -> tuple[str, str]:
    opened = "" if section.outcome is Outcome.FINE else " open"
    above = f"\n<details{opened}><summary><b>{section.name}</b></summary>\n"
    return above, "\n</details>"


def _size(lines: Sequence[str]) -> int:
    """Count as the host does that counts most: in UTF-16, with the ends of lines."""
    return sum(len(each.encode("utf-16-le")) // 2 + 1 for each in lines)


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """Share room out so that none goes short for what another does not need."""
    shares = [0] * len(sizes)
    left = len(sizes)
    for index in sorted(range(len(sizes)), key=lambda each: sizes[each]):
        shares[index] = min(sizes[index], room // left)
        room -= shares[index]
        left -= 1
    return shares


def _cut(section: Section, share: int) -> Iterator[str]:
    if _size(section.lines) <= share:
        yield from section.lines
        return
    kept = _fitting(section.lines, share - _CUT_ROOM)
    yield from kept
    yield from _open_fence(kept)
    yield ""
    yield (
        f"… {len(section.lines) - len(kept)} more lines have no room in a comment:"
        f" `spendguard policy {section.name}` prints them all."
    )


def _fitting(lines: Sequence[str], room: int) -> Sequence[str]:
    sizes = accumulate(_size([each]) for each in lines)
    return lines[: sum(each <= room for each in sizes)]


def _open_fence(lines: Sequence[str]) -> Iterator[str]:
    """Give the end of a fence that was cut before it."""
    fence = ""
    for line in lines:
        if line == fence:
            fence = ""
        elif not fence and (opened := _OPEN_FENCE.match(line)):
            fence = opened[1]
    if fence:
        yield fence
