"""What a test expects beside what it got, in time order, with the figures why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from service.domain.expectation import Expectation
from service.domain.figure_words import grouped
from service.domain.happening import Happening, What
from service.domain.policy_test import PolicyTest
from service.domain.policy_test_run import Playback
from service.domain.policy_test_times import start_of
from service.domain.policy_test_values import UNLIMITED
from service.domain.usage import SpendLimit

_NOTHING = "nothing"
_VERBS = {
    What.ASKS: "asks a person",
    What.ASKS_AGAIN: "asks again",
    What.GRANTED: "is granted",
    What.DENIED: "is denied",
    What.EXPIRED: "expires, for nobody answered",
    What.SUPERSEDED: "has nothing left to ask",
    What.UPDATES: "is told anew",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that came otherwise than expected, at a time, as lines for a person."""

    at: datetime
    expected: str
    got: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a test ended: what differs, and of all that happened what was expected.

    `ignored` are happenings that the test lets come and go.
    """

    differences: tuple[Difference, ...]
    expected: tuple[Happening, ...]
    unexpected: tuple[Happening, ...]
    ignored: tuple[Happening, ...]

    @property
    def is_passed(self) -> bool:
        """Say whether nothing differs."""
        return not self.differences


def judge(test: PolicyTest, playback: Playback) -> Verdict:
    """Hold what a test expects against what came of it."""
    return _Judge(test, playback).verdict()


class _Judge:
    def __init__(self, test: PolicyTest, playback: Playback) -> None:
        self._test = test
        self._playback = playback
        self._start = start_of(test)
        self._rest = list(playback.happenings)
        self._met: list[Happening] = []

    def verdict(self) -> Verdict:
        """Give what differs, in time order."""
        wanted = sorted(self._test.expect, key=lambda e: e.when.of(self._start))
        missing = [each for each in wanted if not self._meets(each)]
        differences = [
            Difference(at=at, expected="that a person can do so", got=why)
            for at, why in self._playback.refused
        ]
        differences.extend(map(self._difference, missing))
        ignored = tuple(each for each in self._rest if self._is_ignored(each))
        surprises = tuple(each for each in self._rest if each not in ignored)
        differences.extend(
            Difference(at=each.at, expected=_NOTHING, got=told(each))
            for each in surprises
        )
        return Verdict(
            differences=tuple(sorted(differences, key=lambda each: each.at)),
            expected=tuple(self._met),
            unexpected=surprises,
            ignored=ignored,
        )

    def _meets(self, wanted: Expectation) -> bool:
        """Take what is as expected: one thing, or all of a health alert at a check.

        Of the guard's own health several parts of the usage may be told at once.
        """
        found = [
            each
            for each in self._rest
            if self._is_then(wanted, each) and is_so(wanted, each)
        ]
        is_health = bool(found) and "/" not in found[0].name
        met = [each for each in found if is_health and each.at == found[0].at]
        for each in met or found[:1]:
            self._rest.remove(each)
            self._met.append(each)
        return bool(found)

    def _difference(self, wanted: Expectation) -> Difference:
        """Give what came in place of what did not: another way, or not at all."""
        for each in self._rest:
            if self._is_then(wanted, each) and _is_alike(wanted, each):
                self._rest.remove(each)
                said = expected_text(wanted)
                return Difference(at=each.at, expected=said, got=told(each))
        at = wanted.when.of(self._start)
        line = self._playback.figures.get(at, {}).get(wanted.name, "")
        got = f"{_NOTHING}: {line}" if line else _NOTHING
        by = "" if wanted.by is None else f" by {wanted.by}"
        return Difference(at=at, expected=f"{expected_text(wanted)}{by}", got=got)

    def _is_then(self, wanted: Expectation, each: Happening) -> bool:
        at = wanted.when.of(self._start)
        return each.at == at if wanted.by is None else each.at <= at

    def _is_ignored(self, each: Happening) -> bool:
        if not self._test.strict or (each.what is What.STAYS and not each.channels):
            # A change that is not made is told once, and some are not told at all.
            return True
        return each.what is not What.LIMIT and any(
            fnmatchcase(each.name, glob) for glob in self._test.ignore
        )


def _is_alike(wanted: Expectation, each: Happening) -> bool:
    """Say whether it is what was meant, though something of it differs."""
    if wanted.what is not each.what:
        return False
    return wanted.what is What.LIMIT or wanted.name in {"", each.name}


def is_so(wanted: Expectation, each: Happening) -> bool:
    """Say whether a happening is as expected, whenever it came."""
    if wanted.what is not each.what or wanted.name not in {"", each.name}:
        return False
    if wanted.severity not in {None, each.severity}:
        return False
    if wanted.tells is not None and set(wanted.tells) != set(each.channels):
        return False
    if wanted.kind is not None and wanted.kind != each.kind:
        return False
    if wanted.stays is not None and wanted.stays != each.reason:
        return False
    step = wanted.limit
    return step is None or (
        (step.before is None or amount_of(each.before) == step.before)
        and amount_of(each.after) == step.to
    )


def amount_of(limit: SpendLimit | None) -> Decimal | str | None:
    """Give a limit as a test writes it: an amount, or `unlimited`."""
    if limit is None:
        return None
    return UNLIMITED if limit.amount is None else limit.amount.amount


def expected_text(wanted: Expectation) -> str:
    """Write an expectation as a happening is written."""
    what, tells = wanted.what, wanted.tells
    words = [_subject(what, wanted.name)]
    if wanted.limit is not None:
        before = wanted.limit.before
        words.append(f"from {_amount(before)}" if before is not None else "")
        words.append(f"to {_amount(wanted.limit.to)}")
    words.append(_detail(wanted.kind, wanted.stays, wanted.name, what))
    words.append(f"({wanted.severity})" if wanted.severity is not None else "")
    words.append(_heard(tells) if tells is not None else "")
    return " ".join(filter(None, words))


def told(each: Happening) -> str:
    """Write what happened, who heard of it, and the figure and bound that say why."""
    words = [_subject(each.what, each.name)]
    if each.what is What.LIMIT:
        before, after = amount_of(each.before), amount_of(each.after)
        words.append(f"from {_amount(before)} to {_amount(after)}")
    words.append(_detail(each.kind, each.reason, each.name, each.what))
    words.append(f"({each.severity})" if each.severity is not None else "")
    words.append(_heard(each.channels))
    said = " ".join(filter(None, words))
    return f"{said}: {each.why}" if each.why else said


def _subject(what: What, name: str) -> str:
    if what in {What.LIMIT, What.STAYS}:
        return "limit" if what is What.LIMIT else "limit stays"
    return f"{name} {_VERBS.get(what, what.value)}"


def _detail(kind: str | None, reason: str | None, name: str, what: What) -> str:
    if what not in {What.LIMIT, What.STAYS}:
        return ""
    by = " ".join(filter(None, (kind, f"by {name}" if name else "")))
    inside = ", ".join(filter(None, (reason, by)))
    return f"({inside})" if inside else ""


def _heard(channels: tuple[str, ...]) -> str:
    return f"→ {', '.join(channels)}" if channels else "→ nobody"


def _amount(amount: Decimal | str | None) -> str:
    if isinstance(amount, Decimal):
        return grouped(amount)
    return amount or "unreadable"
