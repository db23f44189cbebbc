"""What differs between two policy sets, field by field, without secrets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pydantic import SecretStr

from service.domain.document import Document
from service.domain.policy import Threshold
from service.domain.policy_set import PolicySet
from service.domain.quantity import shown_duration

# No policy can have this id: an id begins with a letter or a digit.
GUARD = "(guard)"
_HIDDEN = "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A key that says something else; None where it is not written."""

    target: str  # a policy's id, or "(guard)"
    key: str  # "thresholds.near-limit.limit"
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Ids of policies that came and went, and what changed in those that stayed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[FieldChange, ...]


def differences(before: PolicySet | None, after: PolicySet) -> Differences:
    """Compare two sets; without a first one everything is added."""
    old = _documents(before) if before is not None else {}
    new = _documents(after)
    return Differences(
        added=tuple(sorted(new.keys() - old.keys() - {GUARD})),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(
            change
            for target in sorted(old.keys() & new.keys())
            for change in _changes(target, old[target], new[target])
        ),
    )


def _documents(policies: PolicySet) -> dict[str, Document]:
    by_id: dict[str, Document] = {
        declared.policy.id: declared.policy for declared in policies.policies
    }
    return by_id | {GUARD: policies.guard}


def _changes(target: str, before: Document, after: Document) -> Iterator[FieldChange]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield FieldChange(
                target=target,
                key=key,
                before=_text(old.get(key)),
                after=_text(new.get(key)),
            )


def _leaves(document: Document, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Give every value by its keys, as they are written; lists by their names."""
    for name, field in type(document).model_fields.items():
        key = f"{prefix}{field.alias or name}"
        value = getattr(document, name)
        if isinstance(value, Document):
            yield from _leaves(value, f"{key}.")
        elif isinstance(value, tuple) and any(isinstance(e, Document) for e in value):
            for each in value:
                named = each.id if isinstance(each, Threshold) else each.name
                yield from _leaves(each, f"{key}.{named}.")
        elif value is not None:
            yield key, value


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return f"[{', '.join(_word(each) for each in value)}]"
    return _word(value)


def _word(value: object) -> str:
    match value:
        case SecretStr():
            return _HIDDEN
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case timedelta():
            return shown_duration(value)
        case _:
            # Words such as `enforce` are StrEnum members, which print as they are.
            return str(value)
