"""Git's objects, each read whole and held against the hash it is named by.

A commit names its tree, a tree its files: so every text that is loaded is what the
commit says, whatever else is on the disk.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.policy_files.git_program import Git

SUBMODULE = "160000"
SYMLINK = "120000"
FOLDER = "40000"
# A commit or a listing of a folder; larger ones are no listing of policies.
_LARGEST_LISTING = 1 << 23
_SHA1_DIGITS = 40


class NotAsNamed(Exception):
    """An object is missing, too large or not what its name says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a git folder: mode in octal, name as bytes, name of the object."""

    mode: str
    name: bytes
    id: str


@dataclass(frozen=True, slots=True)
class Objects:
    """Reads objects of one repository; raises `NotAsNamed` and as `Git.run` does."""

    git: Git

    def folder(self, commit: str, path: str) -> tuple[Entry, ...] | None:
        """List a folder of a commit; None where the commit has no such folder."""
        content = self._one(commit, "commit")
        first = content.split(b"\n", 1)[0].decode("ascii", "replace")
        if not first.startswith("tree "):
            raise NotAsNamed(commit)
        entries = self.listing(first.removeprefix("tree "))
        for step in filter(None, path.encode().split(b"/")):
            found = next((e for e in entries if e.name == step), None)
            if found is None or found.mode != FOLDER:
                return None
            entries = self.listing(found.id)
        return entries

    def listing(self, tree: str) -> tuple[Entry, ...]:
        """List one folder by the name of its object."""
        content = self._one(tree, "tree")
        return tuple(_entries(content, len(tree) // 2))

    def sizes(self, ids: Iterable[str]) -> Mapping[str, int]:
        """Give the sizes in bytes of objects, without reading them."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        lines = self.git.run("cat-file", "--batch-check", given=_given(wanted))
        found = (line.split(b" ") for line in lines.splitlines())
        sizes = {each[0].decode(): int(each[2]) for each in found if len(each) == 3}  # noqa: PLR2004 # id, kind, size
        for each in wanted:
            if each not in sizes:
                raise NotAsNamed(each)
        return sizes

    def contents(self, ids: Iterable[str], kind: str = "blob") -> Mapping[str, bytes]:
        """Read objects of one kind; whose size is bounded by who asks."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        out = self.git.run("cat-file", "--batch", given=_given(wanted))
        return dict(_batch(out, wanted, kind))

    def _one(self, name: str, kind: str) -> bytes:
        if self.sizes([name])[name] > _LARGEST_LISTING:
            raise NotAsNamed(name)
        return self.contents([name], kind)[name]


def _given(ids: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in ids).encode()


def _batch(out: bytes, wanted: list[str], kind: str) -> Iterator[tuple[str, bytes]]:
    """Take an answer apart: `ID KIND SIZE`, the content, a line's end, and again."""
    at = 0
    for each in wanted:
        end = out.find(b"\n", at)
        head = out[at:end].split(b" ")
        if head[:2] != [each.encode(), kind.encode()]:
            raise NotAsNamed(each)
        start, size = end + 1, int(head[2])
        content = out[start : start + size]
        if hashed(kind, content, len(each)) != each:
            raise NotAsNamed(each)
        yield each, content
        at = start + size + 1


def hashed(kind: str, content: bytes, digits: int) -> str:
    """Give the name that git gives to an object."""
    whole = f"{kind} {len(content)}\0".encode() + content
    if digits == _SHA1_DIGITS:
        # Git's own naming, not ours to choose.
        return hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    return hashlib.sha256(whole).hexdigest()


def _entries(content: bytes, length: int) -> Iterator[Entry]:
    at = 0
    while at < len(content):
        space, end = content.find(b" ", at), content.find(b"\0", at)
        if not at < space < end:
            raise NotAsNamed("a folder")
        after = end + 1 + length
        yield Entry(
            mode=content[at:space].decode("ascii", "replace"),
            name=content[space + 1 : end],
            id=content[end + 1 : after].hex(),
        )
        at = after
