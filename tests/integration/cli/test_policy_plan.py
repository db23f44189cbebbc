"""`policy plan` from the terminal: here, offline, and of a running service."""

import json
import shutil
from pathlib import Path

import httpx
import pytest

from service.api.bodies.plan import DraftFile, DraftFiles, Plan
from service.cli.plan_markdown import MARKER
from service.cli.remote import ask_backtest, ask_plan
from service.domain.errors import (
    InvalidInput,
    InvalidPolicies,
    NotAuthenticated,
    ProviderUnavailable,
    SpendguardError,
)
from service.settings import Settings, read_settings
from tests.integration.cli.conftest import Cli, Place

NOBODY = "http://127.0.0.1:9/api/admin"


@pytest.fixture
def draft(place: Place, tmp_path: Path) -> Path:
    """Give a copy of the policies, to be changed."""
    return Path(shutil.copytree(place.folder / "policies", tmp_path / "draft"))


@pytest.fixture
def checked(ready: Cli) -> Cli:
    assert ready("check").code == 0
    return ready


def edit(folder: Path, before: str, after: str, name: str = "acme.yaml") -> None:
    file = folder / name
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_an_unchanged_set_plans_nothing_while_an_alert_fires(checked: Cli) -> None:
    for form in ((), ("--markdown",)):
        ended = checked("policy", "plan", *form)

        assert (ended.code, ended.err) == (0, "")
        assert "nothing would change" in ended.out

    body = json.loads(checked("policy", "plan", "--json").out)
    assert (body["changes"], body["has_effect"]) == ([], False)


def test_what_would_fire_ends_with_1_and_keeps_nothing(
    checked: Cli, draft: Path
) -> None:
    edit(draft, "spend: 100%", "spend: 0.02")
    before = checked("audit", "export").out

    ended = checked("policy", "plan", str(draft))

    assert ended.code == 1
    assert "threshold everything: spend" in ended.out
    assert "acme-monthly/everything" in ended.out
    assert "fires" in ended.out
    assert checked("audit", "export").out == before


def test_a_difference_without_effect_ends_with_0(checked: Cli, draft: Path) -> None:
    edit(draft, "severity: info", "severity: warning")

    ended = checked("policy", "plan", str(draft / "acme.yaml"))

    assert ended.code == 0
    assert "threshold anything: severity" in ended.out


def test_offline_compares_two_folders_without_database_or_secrets(
    cli: Cli, place: Place, draft: Path
) -> None:
    place.variables.clear()
    edit(draft, "amount: 7000", "amount: 8000")
    place.variables["SPENDGUARD_DATABASE_URL"] = f"sqlite:///{place.folder}/none.db"
    folder = str(place.folder / "policies")

    ended = cli("policy", "plan", str(draft), "--against", folder, "--offline")

    assert (ended.code, ended.err) == (0, "")
    assert "budget amount" in ended.out
    assert not (place.folder / "none.db").exists()


def test_a_missing_key_is_said_with_what_else_can_be_done(
    checked: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "amount: 7000", "amount: 8000")
    del place.variables["ACME_KEY"]

    ended = checked("policy", "plan", str(draft))

    assert ended.code == 3
    assert "budget amount" in ended.out
    assert "--url" in ended.out
    assert "--offline" in ended.out


def test_a_provider_that_does_not_answer_ends_with_3_and_shows_the_differences(
    cli: Cli, place: Place, draft: Path
) -> None:
    edit(draft, "amount: 7000", "amount: 8000")
    base = place.folder / "policies" / "guard.yaml"
    text = base.read_text("utf-8")
    start = text.index("base_url: ") + len("base_url: ")
    url = text[start : text.index("\n", start)]
    for folder in (draft, base.parent):
        edit(folder, url, NOBODY, "guard.yaml")

    ended = cli("policy", "plan", str(draft), "--against", str(base.parent))

    assert ended.code == 3
    assert "budget amount" in ended.out
    assert "provider_unavailable" in ended.out


def test_invalid_policies_end_with_1_by_place(checked: Cli, draft: Path) -> None:
    edit(draft, "severity: info", "severty: info")

    ended = checked("policy", "plan", str(draft))
    comment = checked("policy", "plan", str(draft), "--markdown")

    assert ended.code == comment.code == 1
    assert f"{draft / 'acme.yaml'}:7:" in ended.err
    assert comment.out.startswith(MARKER)
    assert "acme.yaml:7:" in comment.out
    assert "**To do:**" in comment.out


def test_a_comment_is_marked_escaped_and_ends_with_what_to_do(
    checked: Cli, draft: Path
) -> None:
    edit(
        draft, "organization: acme", 'title: "a|b `c` @you <b>"\n    organization: acme'
    )
    edit(draft, "spend: 100%", "spend: 0.02")

    ended = checked("policy", "plan", str(draft), "--markdown")

    lines = ended.out.splitlines()
    assert (ended.code, lines[0]) == (1, MARKER)
    assert "| `acme-monthly` | `title` |  | `a\\|b 'c' @you <b>` |" in lines
    assert lines[-1].startswith("**To do:** ")


def test_options_that_exclude_each_other_are_refused(cli: Cli) -> None:
    assert cli("policy", "plan", "--json", "--markdown").code == 2
    assert cli("policy", "plan", "--url", "http://127.0.0.1:9", "--offline").code == 2


SENT = DraftFiles(files=[DraftFile(name="acme.yaml", text="version: 1")])
SETTINGS = read_settings({"SPENDGUARD_SERVICE_KEY": "sg_test_service_key"})
PLAN = Plan(in_force="a", revision="b", has_effect=False, changes=[], organizations=[])
FINDING = {
    "file": "acme.yaml",
    "line": 2,
    "column": 3,
    "message": "no",
    "severity": "error",
}


def test_a_running_service_is_asked_with_its_key() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://guard.example/api/v1/policies/plan"
        assert request.headers["authorization"] == "Bearer sg_test_service_key"
        assert json.loads(request.content)["files"][0]["name"] == "acme.yaml"
        return httpx.Response(200, text=PLAN.model_dump_json(by_alias=True))

    transport = httpx.MockTransport(answer)
    said = ask_plan(SETTINGS, "https://guard.example/", SENT, transport)

    assert Plan.model_validate_json(said) == PLAN


def test_a_running_service_is_asked_to_replay_so_many_months() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/policies/backtest"
        assert request.url.params["months"] == "3"
        assert json.loads(request.content)["files"][0]["name"] == "acme.yaml"
        return httpx.Response(200, text="{}")

    transport = httpx.MockTransport(answer)

    assert ask_backtest(SETTINGS, "https://guard.example", SENT, 3, transport) == "{}"


def test_a_backtest_of_a_service_needs_a_draft(cli: Cli) -> None:
    assert cli("policy", "backtest", "--url", "http://127.0.0.1:9").code == 2


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (422, {"code": "invalid_policies", "findings": [FINDING]}, InvalidPolicies),
        (422, {"code": "invalid_input", "detail": "files: too many"}, InvalidInput),
        (401, {"code": "not_authenticated"}, NotAuthenticated),
        (500, {"code": "internal_error", "detail": "see the log"}, ProviderUnavailable),
        (502, None, ProviderUnavailable),
        (404, [], ProviderUnavailable),
    ],
)
def test_what_a_service_refuses_is_said(
    status: int, body: object, error: type[SpendguardError]
) -> None:
    content = b"<html>" if body is None else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))

    with pytest.raises(error):
        ask_plan(SETTINGS, "https://guard.example", SENT, transport)


def test_without_a_key_or_an_answer_no_service_is_asked(cli: Cli) -> None:
    with pytest.raises(NotAuthenticated, match="SPENDGUARD_SERVICE_KEY"):
        ask_plan(Settings(), "https://guard.example", SENT, httpx.HTTPTransport())

    ended = cli(
        "policy",
        "plan",
        "--url",
        "http://127.0.0.1:9",
        SPENDGUARD_SERVICE_KEY="sg_test_service_key",
    )
    assert (ended.code, ended.err.count("\n")) == (3, 1)
