"""What changes between two policy sets, as a person would say it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.domain.guard import Guard
from service.domain.money import shown
from service.domain.policy import Policy
from service.domain.policy_differences import GUARD, FieldChange, differences
from service.domain.policy_set import GUARD_FILE, PolicySet

# List of a document → what one of its things is called.
_THINGS = {
    "thresholds": "threshold",
    "organizations": "organization",
    "channels": "channel",
}


class ChangeWord(StrEnum):
    """What became of a policy, or of a part of one."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One difference: of a policy as a whole, of one thing in it, or of one key.

    `target` is a policy's id or `guard.yaml`; `subject` is empty where all of the
    target came or went, else `budget amount` or `threshold near-limit: limit`.
    `before` and `after` are None where there was or is nothing.
    """

    target: str
    what: ChangeWord
    subject: str
    before: str | None
    after: str | None


def policy_changes(
    before: PolicySet | None, after: PolicySet
) -> tuple[PolicyChange, ...]:
    """Say what differs, by policy; without a first set every policy is added."""
    found = differences(before, after)
    by_target: dict[str, list[FieldChange]] = {}
    for change in found.changed:
        by_target.setdefault(change.target, []).append(change)
    changed = (
        each
        for target, changes in by_target.items()
        # Without a first set nothing has changed, and all was added.
        for each in _changed(target, changes, before or after, after)
    )
    return (
        *(_whole(each, ChangeWord.ADDED, after) for each in found.added),
        *(_whole(each, ChangeWord.REMOVED, before) for each in found.removed),
        *changed,
    )


def _whole(
    policy_id: str, what: ChangeWord, policies: PolicySet | None
) -> PolicyChange:
    policy = _policy(policies, policy_id)
    summary = "" if policy is None else _summary(policy)
    is_new = what is ChangeWord.ADDED
    return PolicyChange(
        target=policy_id,
        what=what,
        subject="",
        before=None if is_new else summary,
        after=summary if is_new else None,
    )


def _policy(policies: PolicySet | None, policy_id: str) -> Policy | None:
    declared = None if policies is None else policies.declared(policy_id)
    return None if declared is None else declared.policy


def _summary(policy: Policy) -> str:
    budget = policy.budget
    names = ", ".join(each.id for each in policy.thresholds) or "none"
    return (
        f"{shown(budget.amount)} {budget.currency} a {budget.period} for"
        f" {policy.target_key}, {policy.mode}, thresholds: {names}"
    )


def _changed(
    target: str,
    changes: Iterable[FieldChange],
    before: PolicySet,
    after: PolicySet,
) -> Iterator[PolicyChange]:
    old, new = _things(target, before), _things(target, after)
    came: dict[tuple[str, str], list[FieldChange]] = {}
    for change in changes:
        thing = _thing_of(change.key, old | new)
        if thing is not None and (thing in old) is not (thing in new):
            came.setdefault(thing, []).append(change)
        else:
            yield _keyed(target, change, thing)
    for thing, parts in came.items():
        yield _thing_moved(target, thing, parts, is_new=thing in new)


def _keyed(
    target: str, change: FieldChange, thing: tuple[str, str] | None
) -> PolicyChange:
    subject = change.key.replace(".", " ")
    if thing is not None:
        subject = f"{_THINGS[thing[0]]} {thing[1]}: {_rest(change.key, thing)}"
    after = change.after
    if after is not None and after == change.before:
        # A secret is not written out, and so reads the same before and after.
        after = f"{after}, another"
    return PolicyChange(
        target=_shown(target),
        what=ChangeWord.CHANGED,
        subject=subject,
        before=change.before,
        after=after,
    )


def _thing_moved(
    target: str, thing: tuple[str, str], parts: Iterable[FieldChange], *, is_new: bool
) -> PolicyChange:
    said = ", ".join(
        f"{_rest(each.key, thing)} {each.after if is_new else each.before}"
        for each in parts
        if _rest(each.key, thing) not in {"id", "name"}
    )
    return PolicyChange(
        target=_shown(target),
        what=ChangeWord.ADDED if is_new else ChangeWord.REMOVED,
        subject=f"{_THINGS[thing[0]]} {thing[1]}",
        before=None if is_new else said,
        after=said if is_new else None,
    )


def _things(target: str, policies: PolicySet) -> frozenset[tuple[str, str]]:
    """Give all that has a name of its own in a policy, or in the guard."""
    if target == GUARD:
        return frozenset(_wired(policies.guard))
    policy = _policy(policies, target)
    thresholds = () if policy is None else policy.thresholds
    return frozenset(("thresholds", each.id) for each in thresholds)


def _wired(guard: Guard) -> Iterator[tuple[str, str]]:
    yield from (("organizations", each.name) for each in guard.organizations)
    yield from (("channels", each.name) for each in guard.channels)


def _thing_of(key: str, things: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Find what a key is about; of two names that fit, for they may hold dots.

    Both begin the key then, so the longer one begins with the other and is greater.
    """
    fitting = [each for each in things if key.startswith(f"{each[0]}.{each[1]}.")]
    return max(fitting, default=None)


def _rest(key: str, thing: tuple[str, str]) -> str:
    return key.removeprefix(f"{thing[0]}.{thing[1]}.").replace(".", " ")


def _shown(target: str) -> str:
    return GUARD_FILE if target == GUARD else target
