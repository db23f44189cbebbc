"""Texts to a guard and its policies, with every finding of every file at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TypeVar

from pydantic import ValidationError

from service.domain.document import Document
from service.domain.errors import Finding
from service.domain.guard import Guard
from service.domain.policy import Policy, PolicyFile, Threshold
from service.domain.policy_doubts import Doubt, guard_doubts, policy_doubts
from service.domain.policy_set import (
    API_FOLDER,
    GUARD_FILE,
    DeclaredPolicy,
    PolicySource,
)
from service.policy_files.expansion import (
    Expander,
    misplaced_references,
    secret_files,
)
from service.policy_files.storing import without_addresses
from service.policy_files.tree import START, Path, Problem, Tree
from service.policy_files.wiring import (
    Wiring,
    guard_problems,
    items,
    policy_problems,
    text,
    wiring_of,
)
from service.policy_files.wording import problems
from service.policy_files.yaml_reader import read

_Document = TypeVar("_Document", bound=Document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: the guard if it is good, the policies that are, all findings."""

    guard: Guard | None
    policies: tuple[DeclaredPolicy, ...]
    findings: tuple[Finding, ...]
    secret_files: tuple[FilePath, ...] = ()

    @property
    def is_good(self) -> bool:
        """Say whether there is nothing but warnings."""
        return all(finding.is_warning for finding in self.findings)


def read_set(
    texts: Iterable[tuple[str, str]],
    expander: Expander,
    shown: Callable[[str], str] = str,
) -> Reading:
    """Read the files of a set together; `shown` gives a file's name for findings."""
    reader = _Reader(expander, shown)
    # The guard first: policies are looked up in it.
    for name, content in sorted(texts, key=lambda each: each[0] != GUARD_FILE):
        reader.read_file(name, content)
    return Reading(
        guard=reader.guard,
        policies=tuple(reader.policies),
        findings=tuple(sorted(reader.findings)),
        secret_files=reader.secret_files,
    )


def is_guard(name: str, content: str) -> bool:
    """Say whether a file is a guard: by its name, or by what it speaks of."""
    if name == GUARD_FILE:
        return True
    root = read(name, content)[0].root
    return isinstance(root, dict) and "organizations" in root


@dataclass(slots=True)
class _Reader:
    expander: Expander
    shown: Callable[[str], str]
    guard: Guard | None = None
    wiring: Wiring | None = None
    secret_files: tuple[FilePath, ...] = ()
    first_places: dict[str, str] = field(default_factory=dict)
    trackers: dict[str, str] = field(default_factory=dict)
    policies: list[DeclaredPolicy] = field(default_factory=list)
    findings: set[Finding] = field(default_factory=set)

    def read_file(self, name: str, content: str) -> None:
        """Read one file; where its text is wrong, its values are not judged."""
        tree, syntax = read(self.shown(name), content)
        taken = {(finding.line, finding.column) for finding in syntax}
        self.findings.update(syntax)
        if tree.root is None and syntax:
            return
        for problem in self._problems(name, tree):
            place = problem.place
            if (place.line, place.column) not in taken:
                self.findings.add(
                    Finding(
                        file=self.shown(name),
                        line=place.line,
                        column=place.column,
                        message=without_addresses(problem.text),
                        is_warning=problem.is_warning,
                    )
                )

    def _problems(self, name: str, tree: Tree) -> Iterator[Problem]:
        if tree.root is None:
            yield Problem(START, "the file is empty: it needs version: 1 and more")
        elif not isinstance(tree.root, dict):
            yield Problem(tree.start, "expected keys with values, such as version: 1")
        elif name == GUARD_FILE:
            yield from self._guard(tree)
        else:
            yield from misplaced_references(tree)
            yield from self._policy_file(name, tree)

    def _guard(self, tree: Tree) -> Iterator[Problem]:
        self.secret_files = secret_files(tree)
        self.wiring = wiring_of(tree)
        yield from self.expander.expand(tree)
        self.guard, found = validated(Guard, tree.root, tree, tuple)
        yield from found
        yield from guard_problems(tree, self.wiring)
        if self.guard is not None:
            yield from _doubts(guard_doubts(self.guard), tree, ())

    def _policy_file(self, name: str, tree: Tree) -> Iterator[Problem]:
        root: dict[str, object] = tree.root if isinstance(tree.root, dict) else {}
        # Over the API one policy may be put without the file around it.
        if name.startswith(API_FOLDER) and "policies" not in root:
            yield from self._policy(name, tree, ())
            return
        # Each policy on its own, so that its places are found from its own mapping.
        empty = {**root, "policies": []} if items(tree, "policies") else root
        yield from validated(PolicyFile, empty, tree, tuple)[1]
        for index in items(tree, "policies"):
            yield from self._policy(name, tree, ("policies", index))

    def _policy(self, name: str, tree: Tree, at: Path) -> Iterator[Problem]:
        policy, found = _policy(tree, at)
        yield from found
        if self.wiring is not None:
            yield from policy_problems(tree, at, self.wiring)
        yield from self._id_taken(name, tree, at)
        yield from self._limit_taken(name, tree, at)
        if policy is not None:
            self.policies.append(_declared(policy, name, tree.value_place(at).line))
            yield from self._policy_doubts(policy, tree, at)

    def _id_taken(self, name: str, tree: Tree, at: Path) -> Iterator[Problem]:
        policy_id = text(tree, *at, "id")
        if policy_id is None:
            return
        place = tree.value_place((*at, "id"))
        here = f"{self.shown(name)}:{place.line}:{place.column}"
        first = self.first_places.setdefault(policy_id, here)
        if first != here:
            yield Problem(
                place, f"two policies have the id `{policy_id}`, the first at {first}"
            )

    def _limit_taken(self, name: str, tree: Tree, at: Path) -> Iterator[Problem]:
        organization = text(tree, *at, "organization")
        if organization is None or tree.value((*at, "track")) is None:
            return
        place = tree.value_place((*at, "track"))
        here = f"{self.shown(name)}:{place.line}:{place.column}"
        first = self.trackers.setdefault(organization, here)
        if first != here:
            yield Problem(
                place,
                f"two policies track the limit of `{organization}`, the first"
                f" at {first}",
            )

    def _policy_doubts(self, policy: Policy, tree: Tree, at: Path) -> Iterator[Problem]:
        organizations = self.guard.organizations if self.guard is not None else ()
        for organization in organizations:
            if organization.name == policy.organization:
                doubts = policy_doubts(policy, organization.guardrails)
                yield from _doubts(doubts, tree, at)


def _declared(policy: Policy, name: str, line: int) -> DeclaredPolicy:
    if name.startswith(API_FOLDER):
        return DeclaredPolicy(policy=policy, source=PolicySource.API)
    return DeclaredPolicy(policy=policy, source=PolicySource.FILE, file=name, line=line)


def _doubts(doubts: Iterator[Doubt], tree: Tree, at: Path) -> Iterator[Problem]:
    for path, sentence in doubts:
        yield Problem(tree.value_place((*at, *path)), sentence, is_warning=True)


def _policy(tree: Tree, at: Path) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Read a policy; where thresholds are bad, judge the rest without them too."""

    def placed(path: Path) -> Path:
        return at + path

    written = tree.value(at)
    policy, found = validated(Policy, written, tree, placed)
    thresholds = written.get("thresholds") if isinstance(written, dict) else None
    if policy is not None or not isinstance(written, dict):
        return policy, found
    if not isinstance(thresholds, list):
        return None, found
    good = [
        index
        for index, each in enumerate(thresholds)
        if validated(Threshold, each, tree, placed)[0] is not None
    ]

    def placed_anew(path: Path) -> Path:
        match path:
            case ("thresholds", int(index), *rest):
                return placed(("thresholds", good[index], *rest))
            case _:
                return placed(path)

    rest = {**written, "thresholds": [thresholds[index] for index in good]}
    return None, found + validated(Policy, rest, tree, placed_anew)[1]


def validated(
    document: type[_Document], value: object, tree: Tree, at: Callable[[Path], Path]
) -> tuple[_Document | None, tuple[Problem, ...]]:
    """Read a value as a document, or find all that is wrong with it.

    `at` finds the places of the document's paths in the tree.
    """
    try:
        # By alias alone: the language has one word for each thing.
        return document.model_validate(value, by_alias=True, by_name=False), ()
    except ValidationError as error:
        return None, tuple(problems(error, document, tree, at))
