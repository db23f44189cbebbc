"""All metrics of one moment, as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from service.api.metrics.families import gauge, single
from service.api.metrics.organizations import organization_metrics
from service.api.metrics.totals import total_metrics
from service.domain.durations import BOUNDS, Histogram, Work
from service.pipeline.respond_metrics import Measures

_TIMED = {
    Work.CHECK: "How long checks took in this process.",
    Work.DELIVERY: "How long attempts to deliver took in this process.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """An answer to a scrape, and the format it is in."""

    content: bytes
    media_type: str


class _Collected(Collector):
    """What was measured, in the form that the library writes."""

    def __init__(self, measures: Measures, *, is_ready: bool) -> None:
        self._measures = measures
        self._is_ready = is_ready

    @override
    def collect(self) -> Iterator[Metric]:
        """Give every metric once."""
        measures = self._measures
        yield from _guard_metrics(measures, is_ready=self._is_ready)
        yield from _policy_metrics(measures)
        yield from organization_metrics(measures.organizations, measures.counts.firing)
        yield from total_metrics(measures)
        for work, histogram in measures.durations.items():
            yield _duration_metric(work, histogram)
        yield from ProcessCollector(registry=None).collect()


def expose(measures: Measures, accept: str, *, is_ready: bool) -> Exposition:
    """Write what was measured in a format that `accept` names, or the plain one."""
    registry = CollectorRegistry()
    registry.register(_Collected(measures, is_ready=is_ready))
    encode, media_type = choose_encoder(accept)
    return Exposition(content=encode(registry), media_type=media_type)


def _guard_metrics(measures: Measures, *, is_ready: bool) -> Iterator[Metric]:
    yield gauge(
        "build_info",
        "The version that runs.",
        ("version",),
        [((version("spendguard"),), 1)],
    )
    yield single("ready", "1 while /readyz answers 200.", is_ready)
    yield single(
        "paused", "1 while all automatic changes are stopped.", measures.is_paused
    )
    yield single(
        "check_interval_seconds",
        "Time between two checks of an organization.",
        measures.check_interval,
    )
    shown = len(measures.organizations)
    yield single(
        "organizations",
        "Organizations of the policies in force.",
        shown + measures.not_shown,
    )
    yield single(
        "organizations_not_shown",
        "Organizations beyond those that have metrics of their own.",
        measures.not_shown,
    )


def _policy_metrics(measures: Measures) -> Iterator[Metric]:
    policies = measures.policies
    yield single("policies", "Policies in force.", len(policies.policies))
    yield gauge(
        "policy_revision_info",
        "Which policies are in force.",
        ("revision", "commit", "source"),
        [((policies.revision, policies.commit or "", policies.source), 1)],
    )
    yield single(
        "policy_revision_age_seconds",
        "How long the policies in force have been so.",
        measures.at - policies.loaded_at,
    )
    yield single(
        "policies_refused",
        "1 while a newer set of policies is refused and an older one in force.",
        measures.is_set_refused,
    )


def _duration_metric(work: Work, histogram: Histogram) -> Metric:
    seen, buckets = 0, []
    for bound, number in zip((*BOUNDS, float("inf")), histogram.counts, strict=True):
        seen += number
        buckets.append(("+Inf" if bound == float("inf") else str(bound), float(seen)))
    return HistogramMetricFamily(
        f"spendguard_{work.value}_duration_seconds",
        _TIMED[work],
        buckets=buckets,
        sum_value=histogram.total_seconds,
    )
