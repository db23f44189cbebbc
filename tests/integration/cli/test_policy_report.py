"""`policy report`: every check of a change in one comment, whatever is in the files."""

import json
import re
import shutil
from pathlib import Path

import pytest

from service.cli.markdown import code, fenced, prose, table
from service.cli.report_markdown import (
    MOST_CHARACTERS,
    Outcome,
    Section,
    report_markdown,
)
from tests.integration.cli.conftest import Cli, Place

ABOUT = "`policies`, looked at 2026-08-20 12:00 UTC."


@pytest.fixture
def draft(place: Place, tmp_path: Path) -> Path:
    """Give a copy of the policies, to be changed, and no secret to read figures."""
    place.variables.clear()
    place.variables["SPENDGUARD_DATABASE_URL"] = f"sqlite:///{place.folder}/none.db"
    return Path(shutil.copytree(place.folder / "policies", tmp_path / "draft"))


def edit(folder: Path, before: str, after: str) -> None:
    file = folder / "acme.yaml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def rows_of(markdown: str) -> dict[str, str]:
    """Read the table at the top: a check's name, then its sign and its result."""
    top = markdown.partition("<details")[0]
    return dict(re.findall(r"^\| (\w+) \| ([^|]{2,} \| .*) \|$", top, re.MULTILINE))


def test_a_change_is_reported_offline_without_any_secret(
    cli: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "amount: 7000", "amount: 8000")
    base = str(place.folder / "policies")

    ended = cli(
        *("policy", "report", str(draft), "--against", base, "--offline"),
        *("--commit", "0123abcd"),
    )

    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == f"<!-- spendguard:policy-report {draft} -->"
    assert rows_of(ended.out) == {
        "validate": "✓ fine | valid",
        "test": "✓ fine | there are none beside these policies",
        "plan": "✓ fine | 1 difference, by the files alone",
        "backtest": "✓ fine | nothing of the past is known here",
    }
    assert "| `acme-monthly` | `budget amount` | `7000` | `8000` |" in lines
    assert "at commit `0123abcd`" in lines[-1]
    assert not (place.folder / "none.db").exists()


def test_an_unchanged_set_is_fine_and_has_nothing_to_unfold(
    cli: Cli, place: Place, draft: Path
) -> None:
    base = str(place.folder / "policies")

    ended = cli("policy", "report", str(draft), "--against", base, "--offline")

    assert ended.code == 0
    assert "Nothing differs" in rows_of(ended.out)["plan"]
    assert "<details" not in ended.out


def test_invalid_policies_end_with_1_and_nothing_else_is_tried(
    cli: Cli, draft: Path
) -> None:
    edit(draft, "severity: info", "severty: info")

    ended = cli("policy", "report", str(draft), "--offline")

    assert ended.code == 1
    assert rows_of(ended.out) == {
        "validate": "**✗ failed** | invalid: 1 error, 0 warnings"
    }
    assert f"`{draft / 'acme.yaml'}:7:" in ended.out


def test_warnings_are_to_be_looked_at_and_fail_where_they_shall(
    cli: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "spend: 100%", "limit: 100%, then: {raise_limit: {by: 1, up_to: 9000}}")
    base = str(place.folder / "policies")
    call = ("policy", "report", str(draft), "--offline", "--against", base)

    assert cli(*call).code == 0
    assert "! look" in rows_of(cli(*call).out)["validate"]
    assert cli(*call, "--strict").code == 1


def test_on_live_figures_what_would_fire_is_to_be_looked_at(
    ready: Cli, place: Place
) -> None:
    assert ready("check").code == 0
    edit(place.folder / "policies", "spend: 100%", "spend: 0.02")

    ended = ready("policy", "report")
    as_json = json.loads(ready("policy", "report", "--json").out)

    assert ended.code == 0
    assert rows_of(ended.out)["plan"] == "**! look** | 1 difference, 1 alert moves"
    assert "`acme` over " in rows_of(ended.out)["backtest"]
    assert "<details><summary><b>backtest</b></summary>" in ended.out
    assert "<details open><summary><b>plan</b></summary>" in ended.out
    assert (as_json["outcome"], as_json["checks"][2]["check"]) == ("look", "plan")
    assert ready("policy", "report", "--strict").code == 1


def test_without_a_key_the_files_are_compared_and_the_report_says_so(
    cli: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "amount: 7000", "amount: 8000")
    base = str(place.folder / "policies")
    url = "http://127.0.0.1:9"

    ended = cli("policy", "report", str(draft), "--against", base, "--url", url)

    assert ended.code == 0
    assert "fork" in rows_of(ended.out)["plan"]
    assert "fork" in rows_of(ended.out)["backtest"]
    assert "`8000`" in ended.out


def test_a_service_that_does_not_answer_ends_with_3_beside_what_differs(
    cli: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "amount: 7000", "amount: 8000")
    place.variables["SPENDGUARD_SERVICE_KEY"] = "sg_test_service_key"
    base = str(place.folder / "policies")
    url = "http://127.0.0.1:9"

    ended = cli("policy", "report", str(draft), "--against", base, "--url", url)
    alone = cli("policy", "report", str(draft), "--url", url)

    assert (ended.code, alone.code) == (3, 3)
    assert "? not done" in rows_of(ended.out)["plan"]
    assert "? not done" in rows_of(ended.out)["backtest"]
    assert "`8000`" in ended.out
    assert "`8000`" not in alone.out
    assert "sg_test_" not in ended.out + ended.err


TESTS = """\
version: 1
tests:
  - name: All of the budget is told
    clock: {start: 2026-08-20 12:00}
    spend: {+0h: 6900, +1h: 7000}
    ignore: [acme-monthly/anything]
    expect:
      - {at: +1h, fires: acme-monthly/everything}
"""


def test_tests_beside_the_policies_are_run_and_what_failed_is_shown(
    cli: Cli, place: Place, draft: Path
) -> None:
    (draft / "tests").mkdir()
    (draft / "tests" / "acme.yaml").write_text(TESTS, encoding="utf-8")
    base = str(place.folder / "policies")
    call = ("policy", "report", str(draft), "--offline", "--against", base)

    good = cli(*call)
    edit(draft, "spend: 100%", "spend: 101%")
    failed = cli(*call)
    (draft / "tests" / "acme.yaml").write_text("version: 2\n", encoding="utf-8")
    unread = cli(*call)

    shown = "50 % of thresholds and effects shown"
    assert rows_of(good.out)["test"] == f"✓ fine | 1 passed; {shown}"
    assert good.code == 0
    assert "0 passed, 1 failed" in rows_of(failed.out)["test"]
    assert "expected  acme-monthly/everything fires" in failed.out
    assert failed.code == 1
    assert "cannot be read" in rows_of(unread.out)["test"]
    assert unread.code == 1


def test_options_that_exclude_each_other_are_refused(cli: Cli) -> None:
    url = "http://127.0.0.1:9"

    assert cli("policy", "report", "--url", url, "--offline").code == 2


def test_a_change_that_mends_an_invalid_base_does_not_fail_for_it(
    cli: Cli, place: Place, draft: Path
) -> None:
    base = place.folder / "policies"
    edit(base, "severity: info", "severty: info")
    place.variables.clear()

    ended = cli("policy", "report", str(draft), "--against", str(base), "--offline")

    assert ended.code == 0
    assert "invalid itself" in rows_of(ended.out)["plan"]
    assert "acme.yaml:7:" in ended.out


HOSTILE = "@ann [x](http://a.example) <img src=x> | www.a.example `b` #1 ~l $x$ !2"


def test_nothing_in_a_text_becomes_markup_a_call_or_a_link() -> None:
    told = prose(HOSTILE)

    assert "@ann" not in told
    assert "www.a" not in told
    assert not re.search(r"(?<!\\)[\[\]<>|`#~$!]", told)
    assert code(HOSTILE).strip("`").count("`") == 0
    assert "\n" not in code("a\n/close")
    assert "\n" not in prose("a\n/close")


def test_a_fence_is_longer_than_any_in_what_it_holds() -> None:
    lines = list(fenced(["```", "/close @ann", "````x"]))

    assert lines == ["`````text", "```", "/close @ann", "````x", "`````"]


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    lines = list(table(("a", "b"), [("1", "2")] * 50))

    assert lines[-1] == "| … and 10 more |  |"


def section(name: str, count: int, line: str = "x" * 99) -> Section:
    lines = ("```text", *[line] * count, "```")
    return Section(name=name, outcome=Outcome.LOOK, summary="many", lines=lines)


def test_a_report_that_is_too_long_is_cut_line_by_line_and_says_so() -> None:
    sections = [section("validate", 5), section("test", 900), section("plan", 900)]

    told = report_markdown(sections, "policies", ABOUT)

    assert MOST_CHARACTERS - 500 < len(told) <= MOST_CHARACTERS
    assert told.count("x" * 99) - 5 == pytest.approx(640, abs=20)
    assert told.count("more lines have no room in a comment") == 2
    assert "`spendguard policy test` prints them all" in told
    assert told.count("```") == 6
    assert told.count("</details>") == 3
    assert told.endswith(ABOUT)


def test_signs_that_count_double_count_double() -> None:
    told = report_markdown([section("test", 900, "🦊" * 99)], "policies", ABOUT)

    assert len(told.encode("utf-16-le")) // 2 <= MOST_CHARACTERS


def test_the_line_by_which_a_comment_is_found_holds_no_markup() -> None:
    told = report_markdown([section("test", 1)], "a --> <b>\n/x", ABOUT)

    assert told.splitlines()[0] == "<!-- spendguard:policy-report a-b-/x -->"
