"""What names what: organizations, channels, fallbacks, currencies, policy ids.

Looked up in the values as written, not in the validated documents, so that a mistake
in one key does not hide the mistakes in others.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.policy_files.tree import Path, Problem, Tree
from service.policy_files.wording import nearest

_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Wiring:
    """The names guard.yaml gives; None as a currency where it cannot be told."""

    currencies: Mapping[str, str | None]
    channels: frozenset[str]
    has_default_channels: bool
    with_baseline: frozenset[str] = frozenset()


def items(tree: Tree, *path: str | int) -> range:
    """Give the indices of a list, none where there is no list."""
    found = tree.value(path)
    return range(len(found) if isinstance(found, list) else 0)


def text(tree: Tree, *path: str | int) -> str | None:
    """Give the text at a path, None where there is none."""
    found = tree.value(path)
    return found if isinstance(found, str) else None


def _currency(written: str | None) -> str | None:
    # One that is none is a finding of its own; policies are not to follow it.
    return written if written and _CURRENCY.fullmatch(written) else None


def wiring_of(guard: Tree) -> Wiring:
    """Read the names a guard.yaml gives."""
    organizations = items(guard, "organizations")
    channels = (text(guard, "channels", i, "name") for i in items(guard, "channels"))
    return Wiring(
        currencies={
            name: _currency(text(guard, "organizations", index, "currency"))
            for index in organizations
            if (name := text(guard, "organizations", index, "name")) is not None
        },
        channels=frozenset(name for name in channels if name is not None),
        has_default_channels=bool(guard.value(("default_channels",))),
        with_baseline=frozenset(
            name
            for index in organizations
            if (name := text(guard, "organizations", index, "name")) is not None
            and guard.value(("organizations", index, "guardrails", "baseline_limit"))
            is not None
        ),
    )


def guard_problems(guard: Tree, wiring: Wiring) -> Iterator[Problem]:
    """Find names given twice, unknown channels, and fallbacks that lead nowhere."""
    yield from _twice(guard, "organizations", "organization")
    yield from _twice(guard, "channels", "channel")
    for index in items(guard, "default_channels"):
        yield from _unknown_channel(guard, ("default_channels", index), wiring)
    for index in items(guard, "channels"):
        yield from _unknown_channel(guard, ("channels", index, "fallback"), wiring)
    yield from _circles(guard)


def policy_problems(tree: Tree, at: Path, wiring: Wiring) -> Iterator[Problem]:
    """Find what a policy names that guard.yaml does not."""
    name = text(tree, *at, "organization")
    if name is not None and name not in wiring.currencies:
        yield Problem(
            tree.value_place((*at, "organization")),
            f"unknown organization `{name}`; {nearest(name, list(wiring.currencies))}",
        )
    yield from _other_currency(tree, at, wiring.currencies.get(name or ""))
    if name in wiring.with_baseline and tree.value((*at, "track")) is not None:
        yield Problem(
            tree.value_place((*at, "track")),
            "track takes the place of baseline_limit: remove that from the guardrails"
            f" of `{name}`, or track here",
        )
    for index in items(tree, *at, "thresholds"):
        yield from _notify_problems(tree, (*at, "thresholds", index), wiring)


def _other_currency(tree: Tree, at: Path, expected: str | None) -> Iterator[Problem]:
    given = _currency(text(tree, *at, "budget", "currency"))
    if expected is not None and given is not None and given != expected:
        yield Problem(
            tree.value_place((*at, "budget", "currency")),
            f"the organization is billed in {expected}, not in {given}: no rate exists",
        )


def _notify_problems(tree: Tree, at: Path, wiring: Wiring) -> Iterator[Problem]:
    notify = tree.value((*at, "notify"))
    if notify is None and not wiring.has_default_channels:
        yield Problem(
            tree.value_place(at),
            "nobody would be told: add notify, or default_channels to guard.yaml",
        )
    if notify == []:
        yield Problem(
            tree.value_place((*at, "notify")),
            "nobody would be told: name a channel, or leave notify out for the default",
        )
    for index in items(tree, *at, "notify"):
        yield from _unknown_channel(tree, (*at, "notify", index), wiring)


def _unknown_channel(tree: Tree, path: Path, wiring: Wiring) -> Iterator[Problem]:
    name = text(tree, *path)
    if name is not None and name not in wiring.channels:
        yield Problem(
            tree.value_place(path),
            f"unknown channel `{name}`; {nearest(name, sorted(wiring.channels))}",
        )


def _twice(guard: Tree, key: str, noun: str) -> Iterator[Problem]:
    lines: dict[str, int] = {}
    for index in items(guard, key):
        name = text(guard, key, index, "name")
        if name is None:
            continue
        place = guard.value_place((key, index, "name"))
        if name in lines:
            yield Problem(
                place,
                f"two {noun}s are called `{name}`, the first on line {lines[name]}",
            )
        lines.setdefault(name, place.line)


def _circles(guard: Tree) -> Iterator[Problem]:
    fallbacks = {
        text(guard, "channels", i, "name"): text(guard, "channels", i, "fallback")
        for i in items(guard, "channels")
    }
    told: set[str] = set()
    for index in items(guard, "channels"):
        circle = _circle(fallbacks, text(guard, "channels", index, "name"))
        if circle and told.isdisjoint(circle):
            told.update(circle)
            yield Problem(
                guard.value_place(("channels", index, "fallback")),
                f"fallback in a circle: {' → '.join((*circle, circle[0]))}",
            )


def _circle(
    fallbacks: Mapping[str | None, str | None], start: str | None
) -> tuple[str, ...]:
    """Give the channels from `start` back to itself, none if it does not come back."""
    passed: list[str] = []
    name = start
    while name is not None and name not in passed:
        passed.append(name)
        name = fallbacks.get(name)
    return tuple(passed) if passed and name == start else ()
