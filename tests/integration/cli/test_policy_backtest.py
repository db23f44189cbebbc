"""`policy backtest` from the terminal: what policies would have done over the past."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from service.api.bodies.backtest import BacktestBody
from service.cli.backtest_chart import BLOCKS, PLAIN, chart_lines
from service.cli.backtest_markdown import MARKER
from tests.integration.cli.conftest import Cli, Place


@pytest.fixture
def draft(place: Place, tmp_path: Path) -> Path:
    """Give a copy of the policies, to be changed."""
    return Path(shutil.copytree(place.folder / "policies", tmp_path / "draft"))


def backtested(cli: Cli, *words: str) -> BacktestBody:
    ended = cli("policy", "backtest", *words, "--json")
    assert (ended.code, ended.err) == (0, "")
    return BacktestBody.model_validate_json(ended.out)


def test_a_check_is_replayed_under_the_set_in_force(ready: Cli) -> None:
    assert ready("check").code == 0
    before = ready("audit", "export").out

    ended = ready("policy", "backtest", "--offline")

    assert (ended.code, ended.err) == (0, "")
    assert "acme: 1 days from" in ended.out or "exact since" in ended.out
    assert "acme-monthly/anything" in ended.out
    assert "alerts fired" in ended.out
    assert ready("audit", "export").out == before


def test_a_draft_goes_its_own_way(ready: Cli, draft: Path) -> None:
    assert ready("check").code == 0
    file = draft / "acme.yaml"
    file.write_text(file.read_text("utf-8").replace("anything", "something"), "utf-8")

    (acme,) = backtested(ready, str(draft), "--offline").organizations

    alerts = [each for day in acme.days for each in day.alerts]
    assert {each.threshold_id for each in alerts} == {"something"}
    assert acme.totals.messages.keys() == {"finops"}


def test_a_past_that_is_not_kept_is_read_and_not_kept_either(
    cli: Cli, place: Place
) -> None:
    folder = str(place.folder / "policies")

    (acme,) = backtested(cli, folder, "--months", "1").organizations
    (blind,) = backtested(cli, folder, "--offline").organizations

    assert acme.exact_since is None
    assert any(day.spend is not None for day in acme.days)
    assert blind.days == []
    assert not (place.folder / "spendguard.db").exists()


def test_a_comment_has_its_marker_chart_and_notes(ready: Cli) -> None:
    assert ready("check").code == 0

    out = ready("policy", "backtest", "--markdown", "--offline").out

    assert out.startswith(MARKER)
    assert "```text" in out
    assert "acme-monthly/anything" in out


def test_without_any_policies_it_says_what_to_do(cli: Cli) -> None:
    ended = cli("policy", "backtest")

    assert ended.code == 1
    assert "name a folder" in ended.err


def test_json_and_markdown_are_one_or_the_other(ready: Cli) -> None:
    assert ready("policy", "backtest", "--json", "--markdown").code == 2


def test_months_that_are_never_kept_are_refused(ready: Cli) -> None:
    assert ready("policy", "backtest", "--months", "13").code == 2


def test_a_chart_shows_spend_limit_alerts_and_which_days_are_exact() -> None:
    known = BacktestBody.model_json_schema()["example"]
    day = known["organizations"][0]["days"][0]
    days = [
        {
            **day,
            "date": f"2026-08-{number:02d}",
            "spend": {"amount": f"{number * 100}.00", "currency": "EUR"},
            "grain": "by_day" if number < 3 else "exact",
            "alerts": day["alerts"] if number == 4 else [],
            "limit_changes": day["limit_changes"] if number == 5 else [],
        }
        for number in range(1, 11)
    ]
    known["organizations"][0]["days"] = days
    (item,) = BacktestBody.model_validate_json(json.dumps(known)).organizations

    for signs in (BLOCKS, PLAIN):
        lines = list(chart_lines(item, signs))
        assert Decimal(lines[0].split()[0].replace(",", "")) == 4000
        assert signs.limit * 10 in lines[0]
        drawn = "".join(lines[:-4])
        assert signs.spend in drawn
        marks = {line.split("  ")[-1].strip(): line for line in lines if "  " in line}
        assert {"alerts", "limit", "by day"} <= marks.keys()
        assert marks["by day"].count(signs.by_day) == 2
    assert not list(chart_lines(item.model_copy(update={"days": []}), PLAIN))
