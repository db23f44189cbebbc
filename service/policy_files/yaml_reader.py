"""Strict YAML: one document as plain values with their places, all errors at once.

Numbers become `Decimal` from their source text; a key written twice is an error;
anchors and merge keys work, within bounds that an alias bomb cannot pass.
"""

import re
from collections.abc import Iterable

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from service.domain.errors import Finding
from service.policy_files.scalars import MERGE, RESOLVERS, SCALAR_TAGS, TEXT, scalar
from service.policy_files.tree import START, Entry, Place, Tree

LARGEST_DOCUMENT = 1 << 20  # bytes
MOST_NODES = 10_000  # values, with what aliases repeat
# Policies are eight deep; PyYAML's composer is recursive and would end the process.
DEEPEST = 40
_BYTE_ORDER_MARK = "\ufeff"

_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_CONTAINER_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_PROBLEMS = {
    "but found another document": "one document a file: put this into another file",
    "found undefined alias": "an alias without its anchor",
}


class _Refused(yaml.YAMLError):
    """A document beyond a bound; nothing more can be said about it."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place
        self.text = text


class _Strict:
    """What is mixed into a loader of PyYAML to make it strict."""

    yaml_implicit_resolvers = RESOLVERS
    _depth = 0

    def descend_resolver(self, current_node: Node | None, _index: object) -> None:
        """Count the depth; the composer calls this before each node."""
        self._depth += 1
        if self._depth > DEEPEST:
            place = START if current_node is None else _place(current_node)
            raise _Refused(place, f"nested more than {DEEPEST} deep")

    def ascend_resolver(self) -> None:
        """Count back; the composer calls this behind each node."""
        self._depth -= 1


def strict(base: type[object]) -> type[yaml.SafeLoader]:
    """Give the strict form of a loader class of PyYAML."""
    return type("StrictLoader", (_Strict, base), {})


# The C loader is ten times faster; where PyYAML was built without it, its own will do.
_LOADER = strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read(
    file: str, content: str, loader: type[yaml.SafeLoader] = _LOADER
) -> tuple[Tree, tuple[Finding, ...]]:
    """Read one document; what is found wrong is given beside what could be read."""
    content = content.removeprefix(_BYTE_ORDER_MARK)
    builder = _Builder(file)
    try:
        root = composed(content, loader)
        if root is not None:
            builder.tree.start = _place(root)
            builder.tree.root = builder.value(root)
    except _Refused as refused:
        builder.tell(refused.place, refused.text)
    except yaml.MarkedYAMLError as error:
        builder.tell(*_syntax_problem(error, content))
    return builder.tree, tuple(builder.findings)


def composed(content: str, loader: type[yaml.SafeLoader] = _LOADER) -> Node | None:
    """Give the nodes of one document; raise `yaml.YAMLError` where it is none."""
    _require_readable(content)
    return yaml.compose(content, Loader=loader)


def _require_readable(content: str) -> None:
    if len(content.encode("utf-8", "surrogatepass")) > LARGEST_DOCUMENT:
        raise _Refused(START, "a document over 1 MiB is refused")
    unreadable = _UNREADABLE.search(content)
    if unreadable:
        before = content[: unreadable.start()]
        column = unreadable.start() - (before.rfind("\n") + 1) + 1
        code = f"U+{ord(unreadable.group()):04X}"
        raise _Refused(
            Place(before.count("\n") + 1, column), f"a character YAML forbids: {code}"
        )


def _syntax_problem(error: yaml.MarkedYAMLError, content: str) -> tuple[Place, str]:
    mark = error.problem_mark or error.context_mark
    place = START if mark is None else Place(mark.line + 1, mark.column + 1)
    lines = content.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    problem = error.problem or "not YAML"
    if line[place.column - 1 : place.column] == "\t":
        return place, "a tab cannot indent YAML: use spaces"
    # PyYAML may repeat what it stumbled over, which may be a part of a secret.
    problem = re.sub(r"(?<!\S)(['\"])(?!<)[^'\"]{4,}\1", "…", problem)
    for known, plain in _PROBLEMS.items():
        if problem.startswith(known):
            return place, plain
    return place, f"cannot be read as YAML: {problem}"


def _place(node: Node) -> Place:
    mark = node.start_mark
    return Place(mark.line + 1, mark.column + 1)


class _Builder:
    """Turns nodes into values; a container that aliases repeat is built once."""

    def __init__(self, file: str) -> None:
        self.tree = Tree()
        self.findings: list[Finding] = []
        self._file = file
        self._built: dict[int, tuple[object, int]] = {}
        self._open: set[int] = set()
        self._nodes = 0

    def tell(self, place: Place, message: str) -> None:
        """Note something wrong."""
        self.findings.append(
            Finding(
                file=self._file,
                line=place.line,
                column=place.column,
                message=message,
            )
        )

    def value(self, node: Node) -> object:
        """Give the value of a node, counting it and all that it stands for."""
        if id(node) in self._built:
            value, size = self._built[id(node)]
            self._count(size, node)
            return value
        if id(node) in self._open:
            raise _Refused(_place(node), "an anchor that holds its own alias")
        before = self._nodes
        self._count(1, node)
        self._open.add(id(node))
        value = self._new_value(node)
        self._open.discard(id(node))
        self._built[id(node)] = (value, self._nodes - before)
        return value

    def _count(self, nodes: int, node: Node) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise _Refused(
                _place(node), f"more than {MOST_NODES:,} values, aliases written out"
            )

    def _new_value(self, node: Node) -> object:
        if node.tag not in SCALAR_TAGS | _CONTAINER_TAGS:
            # `<<` as a value, or a tag such as `!!python/object`.
            self.tell(_place(node), f"a tag that policies do not know: {node.tag[:60]}")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            return self._sequence(node)
        return self._scalar(node)

    def _scalar(self, node: Node) -> object:
        try:
            return scalar(node.tag, node.value)
        except (ValueError, KeyError) as error:
            self.tell(_place(node), str(error))
            return node.value

    def _sequence(self, node: SequenceNode) -> list[object]:
        items: list[object] = []
        self.tree.entries[id(items)] = {
            index: Entry(_place(item), _place(item))
            for index, item in enumerate(node.value)
        }
        items.extend(self.value(item) for item in node.value)
        return items

    def _mapping(self, node: MappingNode) -> dict[str, object]:
        mapping: dict[str, object] = {}
        entries: dict[str | int, Entry] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == MERGE:
                merged.extend(self._merged(value))
                continue
            if not isinstance(key, ScalarNode) or key.tag != TEXT:
                self.tell(_place(key), "a key must be a text: put it in quotes")
                continue
            if key.value in mapping:
                first = entries[key.value].key.line
                self.tell(
                    _place(key),
                    f"the key `{key.value[:60]}` is written twice, first on line"
                    f" {first}",
                )
                self.tree.kept.append(self.value(value))
                continue
            mapping[key.value] = self.value(value)
            entries[key.value] = Entry(_place(key), _place(value))
        self._merge(mapping, entries, merged)
        self.tree.entries[id(mapping)] = entries
        return mapping

    def _merged(self, node: Node) -> Iterable[Node]:
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        for each in nodes:
            if isinstance(each, MappingNode):
                yield each
            else:
                self.tell(_place(each), "`<<` merges mappings only")

    def _merge(
        self,
        mapping: dict[str, object],
        entries: dict[str | int, Entry],
        nodes: Iterable[Node],
    ) -> None:
        """Add keys that are not there yet; of several merged ones the first wins."""
        for node in nodes:
            source = self.value(node)
            self.tree.kept.append(source)
            if isinstance(source, dict):
                for key, value in source.items():
                    if key not in mapping:
                        mapping[key] = value
                        entries[key] = self.tree.entries[id(source)][key]
