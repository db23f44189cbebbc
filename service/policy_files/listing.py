"""Which files of a folder are policy, and whether any has changed since."""

import os
import time
from dataclasses import dataclass
from pathlib import Path, PurePath

from service.domain.errors import Finding
from service.domain.policy_set import GUARD_FILE
from service.policy_files.yaml_reader import LARGEST_DOCUMENT

POLICY = ".yaml"
# Endings that somebody meant to be policy, and that would be passed over in silence.
ALMOST = (".yml", ".yaml")
# Policy tests stand beside the policies.
NO_POLICY = frozenset({"tests"})
# File systems tell times apart by some milliseconds: a file written this moment may
# be written again without a sign.
_FRESH_NANOSECONDS = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The texts of a folder's policy files by name, and what is wrong with others."""

    texts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def read_folder(folder: Path) -> Listing:
    """Read all policy files of a folder; nothing is passed over in silence."""
    texts: list[tuple[str, str]] = []
    findings: list[Finding] = []
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or "cannot be read"
        advice = (
            f"{reason}: expected the folder of policies, with a guard.yaml; name it by"
            " SPENDGUARD_POLICIES, or run where it lies"
        )
        return Listing(texts=(), findings=(finding(folder, advice),))
    for entry in entries:
        if entry.name.startswith("."):
            continue
        problem = _problem(entry)
        if problem is not None:
            findings.append(finding(entry, problem))
        elif entry.suffix == POLICY:
            content = read_text(entry)
            if isinstance(content, Finding):
                findings.append(content)
            else:
                texts.append((entry.name, content))
    if GUARD_FILE not in {entry.name for entry in entries}:
        findings.append(
            finding(folder / GUARD_FILE, "missing: it names organizations and channels")
        )
    return Listing(texts=tuple(texts), findings=tuple(findings))


def read_text(file: Path) -> str | Finding:
    """Read a file, or say why it cannot be read."""
    try:
        with file.open("rb") as opened:
            # One byte more than is allowed is enough to see that it is too much.
            content = opened.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        return finding(file, f"cannot be read: {error.strerror}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if len(content) > LARGEST_DOCUMENT:
            return content.decode(errors="replace")
        before = content[: error.start]
        line = before.count(b"\n") + 1
        return finding(file, "not UTF-8", line)


def finding(file: PurePath, message: str, line: int = 1) -> Finding:
    """Give a finding about a file as a whole, or about a line of it."""
    # Names are bytes to the system; what is no text could be kept nowhere.
    shown = os.fsencode(file).decode(errors="replace")
    return Finding(file=shown, line=line, column=1, message=message)


def _problem(entry: Path) -> str | None:
    if entry.suffix == POLICY and not _is_text(entry.name):
        return "a file's name must be UTF-8"
    if entry.is_dir():
        inside = None if entry.name in NO_POLICY else _policy_inside(entry)
        return inside and f"policies stand in the folder itself: move {inside} up"
    ending = entry.suffix
    if ending != POLICY and ending.lower() in ALMOST:
        return f"files end in .yaml: rename it to {entry.stem}{POLICY}"
    return None


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _policy_inside(folder: Path) -> str | None:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(ALMOST) and not name.startswith("."):
                return str(Path(place, name).relative_to(folder.parent))
    return None


_Look = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is seen of files from outside; two that differ mean a change."""

    looks: tuple[_Look, ...]

    def is_settled(self) -> bool:
        """Say whether any further change would show."""
        newest = max((look[-1] for look in self.looks), default=0)
        return newest < time.time_ns() - _FRESH_NANOSECONDS

    def with_others(self, files: tuple[Path, ...]) -> "Stamp":
        """Look at more files, which need not be in the folder nor be there."""
        return Stamp(self.looks + tuple(_look(file) for file in files))


def stamp(folder: Path) -> Stamp:
    """Look at what of a folder matters here, through all symbolic links.

    Other files, such as a database beside the policies, may change at any time.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        entries = []
    return Stamp(tuple(_look(path) for path in entries if _may_be_policy(path)))


def _may_be_policy(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    return path.suffix.lower() in ALMOST or (
        path.is_dir() and path.name not in NO_POLICY
    )


def _look(path: Path) -> _Look:
    try:
        seen = path.stat()
    except OSError:
        return (str(path), 0, 0, 0, 0)
    # The inode tells a swapped link, its time an edit that left the size alone.
    return (
        str(path),
        seen.st_ino,
        seen.st_size,
        seen.st_mtime_ns,
        seen.st_ctime_ns,
    )
