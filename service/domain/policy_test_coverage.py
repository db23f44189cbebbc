"""What the tests of policies have shown: which thresholds fire, and what follows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.domain.guard import Guardrails
from service.domain.happening import Happening, What
from service.domain.limit_change import SkipReason
from service.domain.policy import Policy
from service.domain.policy_doubts import policy_doubts
from service.domain.policy_set import PolicySet

# What a doubt of the loader says of what can never happen begins so.
_NEVER = "never"
TRACK = "track"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One thing that a test has to show: a threshold fires, or its effect is had.

    `name` is `policy/threshold`, or `policy/track`; `effect` is `raise_limit`,
    `cap_limit`, `set_limit` or `track`, empty for the firing. `shown_by` are tests;
    `never` is why it cannot happen, where that is known.
    """

    name: str
    effect: str
    shown_by: tuple[str, ...]
    never: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All that the tests have to show, in the order of the policies."""

    items: tuple[Covered, ...]

    @property
    def missing(self) -> tuple[Covered, ...]:
        """Give what no test shows."""
        return tuple(each for each in self.items if not each.shown_by)

    @property
    def percent(self) -> int:
        """Give the share that is shown, cut off at whole percents."""
        shown = len(self.items) - len(self.missing)
        return 100 * shown // len(self.items) if self.items else 100


def coverage_of(
    policies: PolicySet, met: Mapping[str, Iterable[Happening]]
) -> Coverage:
    """Tell what tests have shown; `met` is what each expected and got, by its name."""
    shown: dict[tuple[str, str], list[str]] = {}
    for test, happenings in met.items():
        for each in happenings:
            for key in _shown(each):
                tests = shown.setdefault(key, [])
                if test not in tests:
                    tests.append(test)
    return Coverage(
        items=tuple(
            Covered(
                name=name,
                effect=effect,
                shown_by=tuple(shown.get((name, kind), ())),
                never=never,
            )
            for name, effect, kind, never in _wanted(policies)
        )
    )


def _shown(each: Happening) -> Iterator[tuple[str, str]]:
    """Give what a happening shows: the name, and nothing or the kind of change.

    A policy that only observes moves nothing: that it would is all there is to show.
    """
    if each.what is What.FIRES:
        yield each.name, ""
    is_observed = (
        each.what is What.STAYS and each.reason == SkipReason.OBSERVE_MODE.value
    )
    if each.what is What.LIMIT or is_observed:
        yield each.name, each.kind


def _wanted(policies: PolicySet) -> Iterator[tuple[str, str, str, str]]:
    for declared in policies.policies:
        policy = declared.policy
        never = _never(policies, policy)
        for index, threshold in enumerate(policy.thresholds):
            name = f"{policy.id}/{threshold.id}"
            yield name, "", "", never.get((index, ""), "")
            if threshold.then is not None:
                for effect, kind in _EFFECTS.items():
                    if getattr(threshold.then, effect) is not None:
                        yield name, effect, kind, never.get((index, effect), "")
        if policy.track is not None:
            yield policy.id, TRACK, TRACK, never.get((-1, TRACK), "")


_EFFECTS = {"raise_limit": "raise", "cap_limit": "cap", "set_limit": "set"}


def _never(policies: PolicySet, policy: Policy) -> dict[tuple[int, str], str]:
    """Give why things of a policy can never happen, by threshold and effect."""
    organization = policies.organization(policy.organization)
    guardrails = Guardrails() if organization is None else organization.guardrails
    never: dict[tuple[int, str], str] = {}
    for path, sentence in policy_doubts(policy, guardrails):
        if not sentence.startswith(_NEVER):
            continue
        match path:
            case ("thresholds", int(index), "then", str(effect), *_):
                never[index, effect] = sentence
            case ("thresholds", int(index), *_):
                never[index, ""] = sentence
            case _:
                never[-1, TRACK] = sentence
    return never
