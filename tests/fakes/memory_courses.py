"""What checks saw of the spend, in a database in memory."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias

from service.domain.course import KEPT, Course, SpendSample, slot_of
from service.domain.guard import Organization

Samples: TypeAlias = dict[tuple[str, datetime, str], SpendSample]


class CourseTables(Protocol):
    """What of the tables is needed here."""

    samples: Samples


class MemoryCourses:
    """The part of `UnitOfWork` about the spend over time."""

    def __init__(self, tables: CourseTables) -> None:
        self._courses = tables

    def courses(
        self, organization: Organization, scopes: Collection[str], now: datetime
    ) -> Mapping[str, Course]:
        seen = sorted(self._courses.samples.items(), key=lambda each: each[0])
        return {
            scope: Course(
                sample
                for (of, _, key), sample in seen
                if of == organization.name
                and key == scope
                and sample.currency == organization.currency
                and sample.at > now - KEPT
            )
            for scope in scopes
        }

    def save_samples(self, organization: str, samples: Iterable[SpendSample]) -> None:
        for sample in samples:
            key = (organization, slot_of(sample.at), sample.scope)
            self._courses.samples[key] = sample
            oldest = sample.at - KEPT
            for old in [each for each in self._courses.samples if each[1] < oldest]:
                del self._courses.samples[old]
