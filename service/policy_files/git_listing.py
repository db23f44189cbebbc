"""Which files of a commit are policy: the rules of a folder, for git's own listing."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from service.domain.errors import Finding
from service.domain.policy_set import GUARD_FILE
from service.policy_files.git_objects import (
    FOLDER,
    SUBMODULE,
    SYMLINK,
    Entry,
    Objects,
)
from service.policy_files.listing import ALMOST, NO_POLICY, POLICY, Listing, finding
from service.policy_files.yaml_reader import LARGEST_DOCUMENT

_LFS = b"version https://git-lfs.github.com/spec/"
# Far more than anybody writes, and far less than would fill the memory.
_MOST_BYTES = 64 << 20
_DEEPEST = 20


def read_commit(objects: Objects, commit: str, folder: str) -> Listing:
    """Read all policy files of a commit's folder; nothing is passed over in silence.

    Raises as `Objects` does.
    """
    place = PurePosixPath(folder)
    entries = objects.folder(commit, folder)
    if entries is None:
        advice = (
            f"commit {commit[:12]} has no such folder: expected the policies there;"
            " SPENDGUARD_POLICIES names the folder inside the repository"
        )
        return Listing(texts=(), findings=(finding(place, advice),))
    visible = [each for each in entries if not each.name.startswith(b".")]
    findings = [finding(place / _name(e), p) for e, p in _problems(objects, visible)]
    refused = {each.file for each in findings}
    files = [
        each
        for each in visible
        if each.mode not in {FOLDER, SUBMODULE, SYMLINK}
        and each.name.endswith(POLICY.encode())
        and str(place / _name(each)) not in refused
    ]
    texts, more = _texts(objects, files, place)
    if GUARD_FILE not in {_name(each) for each in visible}:
        missing = "missing: it names organizations and channels"
        more = (*more, finding(place / GUARD_FILE, missing))
    return Listing(texts=texts, findings=(*findings, *more))


def _problems(objects: Objects, entries: list[Entry]) -> Iterator[tuple[Entry, str]]:
    for entry in entries:
        problem = _problem(objects, entry)
        if problem is not None:
            yield entry, problem


def _problem(objects: Objects, entry: Entry) -> str | None:
    name = _name(entry)
    suffix = PurePosixPath(name).suffix
    problem: str | None = None
    if entry.mode == SUBMODULE:
        problem = "a submodule is not followed: put the files themselves here"
    elif entry.mode == FOLDER and name not in NO_POLICY:
        inside = _policy_inside(objects, entry, _DEEPEST)
        problem = inside and f"policies stand in the folder itself: move {inside} up"
    elif entry.mode == FOLDER or suffix.lower() not in ALMOST:
        problem = None
    elif not _is_text(entry.name):
        problem = "a file's name must be UTF-8"
    elif entry.mode == SYMLINK:
        problem = "a symbolic link is not followed: put the file itself here"
    elif suffix != POLICY:
        problem = f"files end in .yaml: rename it to {PurePosixPath(name).stem}{POLICY}"
    return problem


def _policy_inside(objects: Objects, folder: Entry, depth: int) -> str | None:
    for each in objects.listing(folder.id) if depth else ():
        if each.name.startswith(b"."):
            continue
        path = f"{_name(folder)}/{_name(each)}"
        if each.mode == FOLDER:
            inside = _policy_inside(objects, each, depth - 1)
            if inside:
                return f"{_name(folder)}/{inside}"
        elif path.lower().endswith(ALMOST):
            return path
    return None


def _texts(
    objects: Objects, files: list[Entry], place: PurePosixPath
) -> tuple[tuple[tuple[str, str], ...], tuple[Finding, ...]]:
    sizes = objects.sizes(each.id for each in files)
    if sum(sizes[each.id] for each in files) > _MOST_BYTES:
        return (), (finding(place, "more than 64 MiB of policies are refused"),)
    small = [each for each in files if sizes[each.id] <= LARGEST_DOCUMENT]
    findings = [
        finding(place / _name(each), "a document over 1 MiB is refused")
        for each in files
        if each not in small
    ]
    contents = objects.contents(each.id for each in small)
    texts: list[tuple[str, str]] = []
    for each in small:
        text = _text(contents[each.id], place / _name(each))
        if isinstance(text, Finding):
            findings.append(text)
        else:
            texts.append((_name(each), text))
    return tuple(texts), tuple(findings)


def _text(content: bytes, file: PurePosixPath) -> str | Finding:
    if content.startswith(_LFS):
        return finding(file, "kept in Git LFS: policies have to be plain files")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        return finding(file, "not UTF-8", content[: error.start].count(b"\n") + 1)


def _name(entry: Entry) -> str:
    return entry.name.decode(errors="replace")


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
