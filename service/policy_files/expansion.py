"""`${NAME}`, `${NAME:-default}` and `${file:/path}`, in two keys of guard.yaml only."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from service.policy_files.tree import Path, Problem, Tree

_MARK = "${"
# What a stored text has in place of a secret that was written into a file.
NOT_STORED = "not stored"
# How what stands for a secret that is not here begins.
UNSET = "unset://"
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_FILE = re.compile(r"file:(/[^\0]+)")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_WRITTEN = {"api_key": "a key", "url": "an address, which is a credential,"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.")
# A key or a URL is far shorter; the wrong file named by mistake is not read whole.
_LARGEST_SECRET = 64 * 1024


class _NotExpanded(ValueError):
    """A reference that is written wrongly."""


class _NotSet(ValueError):
    """A variable or a file that is missing here; elsewhere it may be there."""


@dataclass(frozen=True, slots=True)
class Expander:
    """Replaces references by what the environment holds.

    What is not set is an error where `require_variables`, else nothing: where policies
    are reviewed, the secrets of where they will run are not set. One that `is_blind`
    looks nothing up: what somebody sends must not make it read files or variables.
    """

    environment: Mapping[str, str]
    require_variables: bool
    is_blind: bool = False

    def expand(self, tree: Tree) -> tuple[Problem, ...]:
        """Put values in place of references in a guard.yaml, which is changed."""
        problems = [*misplaced_references(tree, _is_expanded)]
        done: set[tuple[int, str]] = set()
        for path in _expanded_paths(tree):
            holder, key = tree.value(path[:-1]), str(path[-1])
            # An organization repeated by an alias is one mapping: expanded once.
            if isinstance(holder, dict) and (id(holder), key) not in done:
                done.add((id(holder), key))
                problems += self._expand_value(tree, holder, path)
        return tuple(problems)

    def _expand_value(
        self, tree: Tree, holder: dict[str, object], path: Path
    ) -> Iterator[Problem]:
        key = str(path[-1])
        written, place = holder.get(key), tree.value_place(path)
        if not isinstance(written, str) or not written:
            return
        # Stands for what is not set where nothing has to be, different for each.
        value = f"{UNSET}{place.line}"
        try:
            value = self._expanded(written)
        except _NotExpanded as error:
            yield Problem(place, f"{key}: {error}")
        except _NotSet as error:
            if self.require_variables:
                yield Problem(place, f"{key}: {error}")
        holder[key] = value
        if key == "url" and not _SCHEME.match(value):
            yield Problem(
                place, "url: expected an apprise URL, like slack://… or mailto://…"
            )
        elif _MARK not in written:
            yield Problem(
                place,
                f"{key}: {_WRITTEN[key]} in a file ends up in git: write ${{NAME}} or"
                " ${file:/path}",
                is_warning=True,
            )

    def _expanded(self, text: str) -> str:
        if _MARK in _REFERENCE.sub("", text):
            raise _NotExpanded("${ without its }")
        return _REFERENCE.sub(lambda found: self._value(found[1]), text)

    def _value(self, reference: str) -> str:
        if self.is_blind and _is_reference(reference):
            raise _NotSet(reference)
        if reference == NOT_STORED:
            raise _NotExpanded(
                "it was written into the file itself, and secrets are not stored"
            )
        file = _FILE.fullmatch(reference)
        if file:
            return _content(FilePath(file[1]))
        name = _NAME.fullmatch(reference)
        if not name:
            raise _NotExpanded("expected ${NAME}, ${NAME:-default} or ${file:/path}")
        # As in a shell with `:-`, what is empty counts as not set.
        value = self.environment.get(name[1]) or name[2]
        if not value:
            raise _NotSet(f"the environment variable {name[1]} is not set")
        return value


def _is_reference(text: str) -> bool:
    return text == NOT_STORED or any(
        pattern.fullmatch(text) for pattern in (_FILE, _NAME)
    )


# For what is only looked at: no secret is had, and none is missed.
BLIND = Expander({}, require_variables=False, is_blind=True)


def _content(file: FilePath) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            content = opened.read(_LARGEST_SECRET).strip()
    except (OSError, UnicodeDecodeError):
        raise _NotSet(f"the file {file} cannot be read") from None
    if not content:
        raise _NotSet(f"the file {file} is empty")
    return content


def secret_files(tree: Tree) -> tuple[FilePath, ...]:
    """Name the files that a guard.yaml takes secrets from, before it is expanded."""
    written = (tree.value(path) for path in _expanded_paths(tree))
    references = (
        found[1]
        for text in written
        if isinstance(text, str)
        for found in _REFERENCE.finditer(text)
    )
    files = (_FILE.fullmatch(reference) for reference in references)
    return tuple(FilePath(file[1]) for file in files if file)


def _nowhere(_path: Path) -> bool:
    return False


def misplaced_references(
    tree: Tree, may_stand_at: Callable[[Path], bool] = _nowhere
) -> Iterator[Problem]:
    """Find `${` where nothing is expanded, lest it is taken for a value."""
    for path, text in _texts(tree.root):
        if _MARK in text and not may_stand_at(path):
            yield Problem(
                tree.value_place(path),
                "${…} is expanded in api_key and channel url of guard.yaml only",
            )


def _texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, each in value.items():
                yield from _texts(each, (*path, key))
        case list():
            for index, each in enumerate(value):
                yield from _texts(each, (*path, index))
        case _:
            return


def _is_expanded(path: Path) -> bool:
    match path:
        case ("organizations", int(), "api_key") | ("channels", int(), "url"):
            return True
        case _:
            return False


def _expanded_paths(tree: Tree) -> Iterator[Path]:
    for key, secret in (("organizations", "api_key"), ("channels", "url")):
        found = tree.value((key,))
        for index in range(len(found) if isinstance(found, list) else 0):
            yield (key, index, secret)
