"""What an examination of an installation found, one line per thing looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from service.domain.guard import AuthHeader

# A request may take seconds, and the provider's Date has whole ones.
CLOCKS_MAY_DIFFER = timedelta(seconds=30)


class Verdict(StrEnum):
    """How well one thing is."""

    FINE = "fine"
    NOTE = "note"  # worth knowing; nothing is wrong
    FINDING = "finding"  # somebody should do something
    UNREACHABLE = "unreachable"  # it cannot be told, for nobody answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at: what it is, how it is, and what to do.

    `topic` is `settings`, `database`, `policies`, `organization acme` and so on;
    neither text holds a secret.
    """

    topic: str
    check: str
    verdict: Verdict
    said: str
    advice: str = ""

    def when(self, verdict: Verdict, said: str, advice: str = "") -> "Diagnosis":
        """Give the same thing as it was found to be."""
        return replace(self, verdict=verdict, said=said, advice=advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a provider is spoken to: address, header, and spelling of its reports.

    `clock_ahead` is by how much the clock of its last answer was ahead of ours, None
    where no answer told its time.
    """

    base_url: str
    auth_header: AuthHeader
    dialect: str
    clock_ahead: timedelta | None = None


def about(topic: str, check: str) -> Diagnosis:
    """Begin to look at one thing."""
    return Diagnosis(topic=topic, check=check, verdict=Verdict.FINE, said="")


def worst(diagnoses: Iterable[Diagnosis]) -> Verdict:
    """Give the worst verdict of all; fine where there is none."""
    order = list(Verdict)
    found = (order.index(each.verdict) for each in diagnoses)
    return order[max(found, default=0)]
