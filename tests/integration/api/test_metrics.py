"""What Prometheus reads is what there is, and what is not known is not there."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from service.bootstrap import build
from service.domain.durations import Histogram, Work
from service.pipeline.respond_metrics import measure
from service.simulator.faults import Fault, FaultKind
from tests.fakes import FakeClock
from tests.integration.api.promtool import promtool
from tests.integration.api.serving import ADMIN_KEY, NOON, Served


def scraped(served: Served, **headers: str) -> httpx.Response:
    key = {"authorization": f"Bearer {ADMIN_KEY}"}
    with closing(served.anybody()) as client:
        answer = client.get("/metrics", headers={**key, **headers})
    assert answer.status_code == 200, answer.text
    return answer


def samples(served: Served) -> list[Sample]:
    families = text_string_to_metric_families(scraped(served).text)
    return [sample for family in families for sample in family.samples]


def values(served: Served, name: str, **labels: str) -> list[float]:
    return [
        each.value
        for each in samples(served)
        if each.name == f"spendguard_{name}" and _matches(each.labels, labels)
    ]


def _matches(there: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= there.items()


def test_before_the_first_check_no_figure_is_told(served: Served) -> None:
    for name in ("spend", "forecast", "spend_limit", "headroom", "data_age_seconds"):
        assert values(served, name) == []
    assert values(served, "data_state", state="unknown") == [1]
    assert values(served, "checks_total", outcome="completed") == [0]
    assert values(served, "organizations") == [1]
    assert values(served, "organizations_not_shown") == [0]


def test_a_check_is_seen_in_figures_counts_and_durations(
    served_anywhere: Served,
) -> None:
    served = served_anywhere
    check = served.check()
    spend, forecast = check["spend"], check["forecast"]
    served.clock.advance(timedelta(seconds=30))

    assert values(served, "spend", organization="acme", currency="EUR") == [
        float(spend["amount"])
    ]
    for name, part in (("", "amount"), ("_low", "low"), ("_high", "high")):
        assert values(served, f"forecast{name}", currency="EUR") == [
            float(forecast[part])
        ]
    assert values(served, "data_state", state="known") == [1]
    assert values(served, "data_age_seconds") == [30]
    assert values(served, "checks_total", outcome="completed") == [1]
    assert values(served, "check_duration_seconds_count") == [1]
    assert values(served, "policy_loads_total", outcome="loaded") == [1]
    assert values(served, "spend_limit") == [4000]


def test_an_alert_and_its_message_are_counted(served: Served) -> None:
    served.simulator.advance(timedelta(days=14))
    served.clock.advance(timedelta(days=14))
    served.check()

    fired = sum(values(served, "alerts_fired_total", organization="acme"))
    assert fired > 0
    assert sum(values(served, "alerts_firing", organization="acme")) == fired
    assert values(served, "notifications_waiting", state="pending") == [1]
    served.clock.advance(timedelta(seconds=90))
    assert values(served, "notifications_oldest_waiting_seconds") == [90]


def test_the_guards_own_alerts_are_counted_under_system(served: Served) -> None:
    folder = served.application.settings.policies
    (folder / "broken.yaml").write_text("version: 2\n", encoding="utf-8")
    served.application.load_policies()

    assert values(served, "alerts_firing", organization="system") == [1]


def test_an_unknown_spend_has_no_sample_and_an_age(served: Served) -> None:
    served.check()
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, count=None))
    served.clock.advance(timedelta(minutes=5))
    served.check()

    assert values(served, "spend") == []
    assert values(served, "headroom") == []
    assert values(served, "data_state", state="unknown") == [1]
    assert values(served, "data_age_seconds")[0] >= 300
    assert values(served, "checks_total", outcome="unknown") == [1]


def test_counts_are_those_of_every_process_and_durations_of_one(
    served_anywhere: Served,
) -> None:
    served_anywhere.check()
    other = build(served_anywhere.application.settings, {}, clock=FakeClock(NOON))
    with closing(other):
        other.prepare()
        told = measure(other.services)

    assert told.counts == measure(served_anywhere.application.services).counts
    assert told.durations[Work.CHECK] == Histogram()


def test_a_service_that_is_not_ready_says_so(served: Served) -> None:
    assert values(served, "ready") == [1]
    served.reasons.append("no round of checks has ended yet")
    assert values(served, "ready") == [0]


def test_a_pause_and_a_refused_set_are_seen(served: Served) -> None:
    served.operator.post("/pause")
    (served.folder / "acme.yaml").write_text("version: 1\npolices: []\n")
    served.application.load_policies()

    assert values(served, "paused") == [1]
    assert values(served, "policies_refused") == [1]
    assert values(served, "policies") == [1]


def test_a_scraper_that_asks_for_openmetrics_gets_it(served: Served) -> None:
    served.check()
    answer = scraped(served, accept="application/openmetrics-text;version=1.0.0")

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "\nspendguard_spend{" in answer.text
    assert answer.text.endswith("# EOF\n")


def test_no_secret_is_in_it(served: Served) -> None:
    served.check()
    text = scraped(served).text

    assert "sg_test" not in text
    assert "json://" not in text
    assert ADMIN_KEY not in text


def _everything(served: Served) -> Iterator[str]:
    """Give a scrape with as many kinds of samples as there can be."""
    served.simulator.advance(timedelta(days=14))
    served.clock.advance(timedelta(days=14))
    served.check()
    yield scraped(served).text
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, count=None))
    served.check()
    yield scraped(served).text


def test_promtool_finds_nothing_to_say(served: Served) -> None:
    for text in _everything(served):
        assert promtool("check", "metrics", given=text.encode()) == ""
