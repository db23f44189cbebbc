"""The page, the rules and the dashboard name the metrics that there are."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.api.promtool import promtool
from tests.integration.api.serving import Served
from tests.integration.api.test_metrics import scraped

DOCS = Path(__file__).parents[3] / "docs"
RULES = DOCS / "prometheus-rules.yaml"
RULE_TESTS = DOCS / "prometheus-rules.test.yaml"
DASHBOARD = DOCS / "grafana-dashboard.json"
NAME = re.compile(r"\b(?:spendguard|process)_[a-z_]+\b")


@pytest.fixture
def there(served: Served) -> set[str]:
    """Give every metric's name, with and without what a histogram adds."""
    text = scraped(served).text
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    families = text_string_to_metric_families(text)
    return names | {sample.name for family in families for sample in family.samples}


def test_the_page_lists_every_metric_and_no_other(served: Served) -> None:
    text = scraped(served).text
    exposed = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")

    assert set(NAME.findall(page)) == exposed


@pytest.mark.parametrize("file", [RULES, RULE_TESTS, DASHBOARD])
def test_only_metrics_that_exist_are_asked_for(there: set[str], file: Path) -> None:
    asked = set(NAME.findall(file.read_text(encoding="utf-8")))

    assert asked
    assert asked - there == set()


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = dashboard["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert all(target["expr"] for target in panel["targets"])
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken)), "panels overlap"


def test_every_rule_has_a_test_that_sees_it_fire() -> None:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    tests = yaml.safe_load(RULE_TESTS.read_text(encoding="utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    fired = {
        case["alertname"]
        for test in tests["tests"]
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }

    assert fired == names


def test_promtool_takes_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", "--lint-fatal", str(RULES))


def test_promtool_sees_the_rules_fire_when_they_should() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(RULE_TESTS))


def test_every_query_of_the_dashboard_is_one(tmp_path: Path) -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [
        target["expr"].replace("$__rate_interval", "5m").replace("$organization", ".*")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]
    rules = [
        {"record": f"q:{number}", "expr": query} for number, query in enumerate(queries)
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    assert f"SUCCESS: {len(queries)} rules" in promtool("check", "rules", str(file))
