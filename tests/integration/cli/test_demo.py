"""The demo shows what the service did, and notices when that is wrong."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from service.bootstrap import Application
from service.cli.demo.play import Pace, play
from service.cli.demo.proof import prove
from service.cli.demo.show import JsonLines
from service.cli.demo.timeline import Timeline
from service.cli.demo.world import World, opened_world
from service.cli.frame import run
from service.scheduler import scheduler_for
from tests.house.project import ROOT

POLICIES = ROOT / "policies"
PATIENCE = 60.0
FAST = ("--speed", "0", "--policies", str(POLICIES))

Line = dict[str, Any]


def lines_of(out: str) -> list[Line]:
    return [json.loads(line) for line in out.splitlines()]


def of_kind(lines: list[Line], kind: str) -> list[Line]:
    return [line for line in lines if line["kind"] == kind]


def test_three_days_are_shown_as_the_service_recorded_them(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = run(["demo", "--days", "3", "--json", *FAST], {})

    lines = lines_of(capfd.readouterr().out)
    days = of_kind(lines, "day")
    spends = [Decimal(day["spend"]) for day in days]
    assert code == 0
    assert [day["at"][:10] for day in days] == [
        *("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"),
    ]
    assert spends == sorted(spends)
    assert spends[0] > 0
    assert {day["limit"] for day in days} == {"4000"}
    assert of_kind(lines, "policies")
    assert [each["valid"] for each in of_kind(lines, "audit")] == [True, True]
    assert of_kind(lines, "audit")[0]["chain"] == "acme"
    # A check an hour, the first and the last midnight included.
    assert of_kind(lines, "audit")[0]["entries"] >= 3 * 24 + 1
    assert lines[-1] == {
        "kind": "end",
        "passed": True,
        "messages": 0,
        "problems": [],
    }


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Line], Path]:
    """A whole month in steps of six hours, in a process of its own."""
    picture = tmp_path_factory.mktemp("demo") / "month.svg"
    command = [sys.executable, "-m", "service", "demo", "--json", "--step", "6"]
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *FAST, "--svg", str(picture)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return lines_of(ended.stdout), picture


def test_a_month_shows_half_the_budget_a_raise_a_cap_and_a_new_month(
    month: tuple[list[Line], Path],
) -> None:
    lines, _ = month

    fired = [line["detail"]["threshold"] for line in of_kind(lines, "alert")]
    moves = [line["detail"]["kind"] for line in of_kind(lines, "limit")]
    assert fired[0] == "half"
    assert fired.index("near-limit") < fired.index("stop")
    assert moves[0] == "raise"
    assert moves[-2:] == ["cap", "restore"]
    assert len(of_kind(lines, "period")) == 2
    assert lines[-1]["passed"] is True


def test_a_month_tells_people_what_arrived_and_where(
    month: tuple[list[Line], Path],
) -> None:
    lines, _ = month

    messages = [line["text"] for line in of_kind(lines, "message")]
    assert len(messages) == lines[-1]["messages"]
    assert messages[0].startswith("finops: ")
    assert any(text.startswith("finops-mail: ") for text in messages)
    assert not any("NOT ARRIVED" in text for text in messages)


def test_the_picture_shows_every_alert_and_limit_change(
    month: tuple[list[Line], Path],
) -> None:
    lines, picture = month

    texts = [
        "".join(each.itertext())
        for each in ET.parse(picture).getroot()  # noqa: S314 - written a moment ago
    ]
    shown = [*of_kind(lines, "alert"), *of_kind(lines, "limit")]
    of_september = [line for line in shown if line["at"].startswith("2026-09")]
    for line in of_september:
        assert any(line["text"] in text for text in texts), line["text"]


def test_lines_for_people_hold_without_a_terminal_and_in_plain_ascii() -> None:
    command = [sys.executable, "-m", "service", "demo", "--days", "1", "--step", "6"]
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *FAST],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONIOENCODING": "ascii", "LANG": "C"},
    )

    text = ended.stdout.decode("ascii")
    assert ended.returncode == 0
    assert "\x1b" not in text
    assert "Tue 01 Sep" in text
    assert "verifies" in text


def test_without_policies_the_demo_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--policies", str(tmp_path)], {}) == 2
    assert "guard.yaml" in capfd.readouterr().err


def test_what_is_wrong_in_the_policies_is_shown_where_they_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(POLICIES, tmp_path / "policies")
    acme = tmp_path / "policies" / "acme.yaml"
    acme.write_text(acme.read_text(encoding="utf-8").replace("budget:", "budgett:"))

    assert run(["demo", "--policies", str(tmp_path / "policies")], {}) == 1
    assert f"{acme}:12:5: unknown key" in capfd.readouterr().err


def test_a_demo_that_serves_on_answers_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "service", "demo", "--days", "1", "--step", "6"]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*command, *FAST, "--serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            key = next(line.split()[1] for line in process.stdout if "key " in line)
            address = next(
                # Quoted: some shells take the ? of another address for a pattern.
                line.rsplit(maxsplit=1)[-1].strip('"')
                for line in process.stdout
                if line.strip().endswith('/api/v1/status"')
            )
            next(line for line in process.stderr if "service.listening" in line)
            answer = httpx.get(
                address, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE
            )
            process.terminate()
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()

    organization = answer.json()["organizations"][0]
    assert organization["name"] == "acme"
    assert organization["data"]["state"] == "known"
    assert process.returncode == 0


@dataclass(frozen=True, slots=True)
class Played:
    """A world after a day, with the service still there."""

    world: World
    application: Application
    timeline: Timeline

    def problems(self) -> tuple[str, ...]:
        self.timeline.read_on()
        return prove(self.world, self.application.services, self.timeline).problems


@pytest.fixture
def played(capfd: pytest.CaptureFixture[str]) -> Iterator[Played]:
    pace = Pace(days=1, step=timedelta(hours=6), speed=0)
    with opened_world(POLICIES, seed=7, address="http://127.0.0.1:9") as world:
        application = world.service(pace.step)
        application.prepare()
        timeline = Timeline(application.services.queries, world.inbox)
        play(world, scheduler_for(application), timeline, JsonLines(), pace)
        capfd.readouterr()
        yield Played(world, application, timeline)
        application.close()


def test_a_day_as_it_should_be_has_no_problems(played: Played) -> None:
    assert played.problems() == ()


def test_a_limit_that_moved_without_a_record_is_a_problem(played: Played) -> None:
    played.world.simulator.console_sets_limit("acme", 3000)

    assert any("limit" in problem for problem in played.problems())


def test_a_message_nobody_recorded_is_a_problem(played: Played) -> None:
    played.world.inbox.take("nt_stranger", "from nowhere")

    assert any("1 arrived" in problem for problem in played.problems())


def test_spend_the_service_did_not_see_is_a_problem(played: Played) -> None:
    played.world.simulator.advance(timedelta(hours=12))

    assert any("the provider counted" in problem for problem in played.problems())
