"""Every key that policies have, as `Threshold.pace`, and where a file has which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from service.domain import guard, policy

Schema = Mapping[str, Any]
POLICY: Schema = policy.json_schema()
GUARD: Schema = guard.json_schema()


@dataclass(frozen=True, slots=True)
class Place:
    """A key of the language where a file has it, from its own start to its value's end.

    Lines and columns count from 1, as findings do.
    """

    key: str
    start: tuple[int, int]
    end: tuple[int, int]


def all_keys(schema: Schema) -> list[str]:
    """Name every key of a schema, with the kind of mapping it stands in."""
    kinds = (schema, *schema["$defs"].values())
    return [
        f"{kind['title']}.{key}" for kind in kinds for key in kind.get("properties", {})
    ]


def places(text: str, schema: Schema) -> list[Place]:
    """Find each known key in a file; none in one that is no YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return []
    return [] if root is None else list(_Finder(schema, set()).places(root, schema))


@dataclass(frozen=True, slots=True)
class _Finder:
    """Goes through a file; each node once, for an alias may hold itself."""

    schema: Schema
    seen: set[int]

    def places(self, node: yaml.Node, kind: Schema) -> Iterator[Place]:
        if id(node) in self.seen:
            return
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for each in node.value:
                yield from self.places(each, kind.get("items", {}))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from self.of_key(key, value, kind)

    def of_key(self, key: yaml.Node, value: yaml.Node, kind: Schema) -> Iterator[Place]:
        for owner in self.owners(kind):
            described = owner["properties"].get(str(key.value))
            if described is not None:
                name = f"{owner['title']}.{key.value}"
                yield Place(name, _point(key.start_mark), _point(value.end_mark))
                yield from self.places(value, _listed(described))

    def owners(self, kind: Schema) -> Iterator[Schema]:
        """Give the kinds of mapping that may stand here."""
        if "$ref" in kind:
            name = kind["$ref"].rpartition("/")[2]
            yield from self.owners(self.schema["$defs"][name])
        for each in kind.get("anyOf", ()):
            yield from self.owners(each)
        if "properties" in kind:
            yield kind


def _point(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _listed(kind: Schema) -> Schema:
    """Give the choice that is a list, where there is one."""
    return next((each for each in kind.get("anyOf", ()) if "items" in each), kind)
