"""Tests of policies in `tests/` beside them: texts to tests, all errors at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from service.domain.errors import Finding
from service.domain.policy_set import PolicySet
from service.domain.policy_test import DeclaredTest, PolicyTest, PolicyTestFile
from service.policy_files.expansion import misplaced_references
from service.policy_files.listing import finding, read_text
from service.policy_files.policy_test_names import Names
from service.policy_files.reader import validated
from service.policy_files.tree import START, Path, Problem, Tree
from service.policy_files.wiring import items, text
from service.policy_files.yaml_reader import read

TESTS = "tests"
_ENDING = ".yaml"
_ALMOST = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTests:
    """The tests that are good, and what is wrong with the others."""

    tests: tuple[DeclaredTest, ...]
    findings: tuple[Finding, ...]


def read_policy_tests(path: FilePath, policies: PolicySet) -> PolicyTests:
    """Read a folder of tests, or one file, as tests of a set of policies."""
    reader = _Reader(Names(policies))
    for file in _files(path):
        reader.read_file(file)
    return PolicyTests(
        tests=tuple(reader.tests), findings=tuple(sorted(reader.findings))
    )


def _files(path: FilePath) -> Iterable[FilePath]:
    if not path.is_dir():
        return [path]
    found = (each for each in path.rglob("*") if each.suffix.lower() in _ALMOST)
    return sorted(each for each in found if not each.name.startswith("."))


@dataclass(slots=True)
class _Reader:
    known: Names
    taken: dict[str, str] = field(default_factory=dict)
    tests: list[DeclaredTest] = field(default_factory=list)
    findings: set[Finding] = field(default_factory=set)

    def read_file(self, file: FilePath) -> None:
        """Read one file; where its text is wrong, its values are not judged."""
        if file.suffix != _ENDING:
            said = f"files end in .yaml: rename it to {file.stem}{_ENDING}"
            self.findings.add(finding(file, said))
            return
        content = read_text(file)
        if isinstance(content, Finding):
            self.findings.add(content)
            return
        tree, syntax = read(str(file), content)
        self.findings.update(syntax)
        if syntax:
            return
        for problem in self._problems(str(file), tree):
            self.findings.add(
                Finding(
                    file=str(file),
                    line=problem.place.line,
                    column=problem.place.column,
                    message=problem.text,
                )
            )

    def _problems(self, file: str, tree: Tree) -> Iterator[Problem]:
        if not isinstance(tree.root, dict):
            yield Problem(START, "expected version: 1 and tests: with a list of tests")
            return
        yield from misplaced_references(tree)
        # Each test on its own, so that a mistake in one hides none in another.
        indices = items(tree, "tests")
        empty = {**tree.root, "tests": []} if indices else tree.root
        yield from validated(PolicyTestFile, empty, tree, tuple)[1]
        for index in indices:
            yield from self._test(file, tree, ("tests", index))

    def _test(self, file: str, tree: Tree, at: Path) -> Iterator[Problem]:
        def placed(path: Path) -> Path:
            return at + path

        test, found = validated(PolicyTest, tree.value(at), tree, placed)
        yield from found
        unknown = tuple(self.known.problems(tree, at))
        yield from unknown
        yield from self._name_taken(file, tree, at)
        organization = self.known.organization_of(text(tree, *at, "organization"))
        if test is not None and organization is not None and not unknown:
            line = tree.value_place(at).line
            self.tests.append(
                DeclaredTest(test=test, organization=organization, file=file, line=line)
            )

    def _name_taken(self, file: str, tree: Tree, at: Path) -> Iterator[Problem]:
        name = text(tree, *at, "name")
        if name is None:
            return
        place = tree.value_place((*at, "name"))
        here = f"{file}:{place.line}:{place.column}"
        first = self.taken.setdefault(name, here)
        if first != here:
            yield Problem(place, f"two tests are called `{name}`, the first at {first}")
