"""What of a policy file may be stored: all but what may be a secret (F21).

A stored text is read by people, by later programs and by whoever holds a backup. So a
secret that was written into a file stays in that file: in its place stands a reference
that nothing can satisfy. What has only a reference is kept as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from service.domain.document import Document
from service.domain.guard import Guard
from service.domain.policy import PolicyFile
from service.policy_files.expansion import NOT_STORED
from service.policy_files.wording import SECRET_KEYS
from service.policy_files.yaml_reader import MOST_NODES, composed

LEFT_OUT = (
    "# The text cannot be read as YAML, so what in it is secret cannot be told: it is"
    " not stored.\n"
)
_PUT_INSTEAD = f'"${{{NOT_STORED}}}"'
_MASK = "***"
# A default would be a secret too.
_ONLY_REFERENCES = re.compile(r"(?:\$\{(?:[A-Za-z_][A-Za-z0-9_]*|file:/[^}]+)\})+")
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)([^\s`'\"…]{2,})")
# An ordinary page of the web, without a name, a password or a query.
_PAGE = re.compile(r"(?i)https?://(?!hooks\.)[^@?]*(?<!…)")
_WHERE_PAGES_STAND = frozenset({"base_url", "title", "owner"})
_NAMED = re.compile(
    r"(?i)\b((?:[a-z_-]*key|url|token|secret|password)\s*[:=]\s*)(?!\$\{)\S+"
)
_KEY = re.compile(r"\b(?:sg_|xox[a-z]-)[A-Za-z0-9_-]{4,}")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def storable(text: str) -> str:
    """Give the text of a policy file without what in it may be secret."""
    try:
        root = composed(text)
        if root is None:
            return _without_secrets(text)
        masked = _masked(text, root)
        # What was put in must not have made something else of the rest.
        composed(masked)
    except yaml.YAMLError:
        return LEFT_OUT
    return masked


def without_addresses(message: str) -> str:
    """Take the addresses out of a finding: a channel's is its credential."""
    return _ADDRESS.sub(rf"\1{_MASK}", message)


def _masked(text: str, root: Node) -> str:
    found = _Found()
    found.walk(root, "")
    if len(found.scalars) > MOST_NODES:
        return LEFT_OUT
    hidden = {(_start(node), _end(node)): _PUT_INSTEAD for node in found.secrets}
    spans = [(_start(node), _end(node)) for node in found.scalars]
    for comment in _COMMENT.finditer(text):
        if not any(start <= comment.start() < end for start, end in spans):
            hidden[comment.span()] = _without_secrets(comment.group())
    for (start, end), instead in sorted(hidden.items(), reverse=True):
        text = text[:start] + _replaced(text[start:end], instead) + text[end:]
    return text


def _replaced(written: str, instead: str) -> str:
    """Keep an anchor before the text and the line breaks behind it."""
    before = _PROPERTIES.match(written)
    behind = written[len(written.rstrip()) :]
    return (before.group() if before else "") + instead + behind


def _without_secrets(text: str) -> str:
    text = _ADDRESS.sub(_page_or_mask, text)
    return _KEY.sub(_MASK, _NAMED.sub(rf"\1{_MASK}", text))


def _page_or_mask(found: re.Match[str]) -> str:
    return found[0] if _PAGE.fullmatch(found[0]) else found[1] + _MASK


@dataclass(slots=True)
class _Found:
    """The scalars of a document, and those of them that may be secret."""

    scalars: list[ScalarNode] = field(default_factory=list)
    secrets: list[ScalarNode] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def walk(self, node: Node, key: str) -> None:
        """Look at a node that stands under a key; what aliases repeat, once."""
        if id(node) in self.seen:
            return
        self.seen.add(id(node))
        match node:
            case ScalarNode():
                self.scalars.append(node)
                if _may_be_secret(node.value, key):
                    self.secrets.append(node)
            case SequenceNode():
                for each in node.value:
                    self.walk(each, key)
            case MappingNode():
                for name, value in node.value:
                    self.walk(name, key if key in SECRET_KEYS else "")
                    self.walk(value, str(name.value))
            case _:
                return


def _may_be_secret(value: str, key: str) -> bool:
    if key in SECRET_KEYS:
        return not _ONLY_REFERENCES.fullmatch(value)
    # Under a key nobody knows may stand what was meant for one that is secret.
    if key and key not in _KNOWN:
        return True
    addresses = [found.group() for found in _ADDRESS.finditer(value)]
    may_be_page = key in _WHERE_PAGES_STAND
    return bool(_KEY.search(value)) or any(
        not (may_be_page and _PAGE.fullmatch(each)) for each in addresses
    )


def _keys(document: type[Document]) -> Iterator[str]:
    for name, each in document.model_fields.items():
        yield each.alias or name
        for inner in _documents_in(each.annotation):
            yield from _keys(inner)


def _documents_in(annotation: Any) -> Iterator[type[Document]]:  # noqa: ANN401 - any annotation there is
    if isinstance(annotation, type) and issubclass(annotation, Document):
        yield annotation
    for argument in get_args(annotation):
        yield from _documents_in(argument)


def _start(node: Node) -> int:
    return int(node.start_mark.index)


def _end(node: Node) -> int:
    return int(node.end_mark.index)


_KNOWN = frozenset({"<<", *_keys(Guard), *_keys(PolicyFile)})
