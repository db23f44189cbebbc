"""Log lines: one event per fact, masked, whoever wrote them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from service.bootstrap.logs import configure_logs
from service.bootstrap.secrecy import Secrecy
from service.settings import LogFormat

CANARY = "sg-test-canary-3f9a"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"the key is {CANARY}", "the key is ***"),
        ("key sg_test_0123456789abcdef", "key sg_***"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: ***"),
        ("x-api-key=abcdef012345 sent", "x-api-key=*** sent"),
        ('{"token": "abc", "other": 1}', '{"token": "***", "other": 1}'),
        ("postgresql://sg:pw@db/spendguard", "postgresql://***@db/spendguard"),
        ("GET https://me:pw@host/x failed", "GET https://***@host/x failed"),
        ("slack://tokena/tokenb/tokenc/#chan failed", "slack://*** failed"),
        ("mailtos://u:p@mail.example?to=a@b", "mailtos://***"),
        (
            "https://hooks.slack.com/services/T0/B0/xyz",
            "https://hooks.slack.com/services/***",
        ),
        ("xoxb-123-456-abc", "***"),
        ("http://127.0.0.1:8000/status", "http://127.0.0.1:8000/status"),
        ("sqlite:///spendguard.db", "sqlite:///spendguard.db"),
        ("spend reached 50% of the budget", "spend reached 50% of the budget"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert Secrecy([CANARY]).masked(text) == shown


def test_a_secret_learnt_later_is_masked_from_then_on() -> None:
    secrecy = Secrecy()

    secrecy.learn([CANARY, "no"])

    assert secrecy.masked(f"no {CANARY}") == "no ***"


def test_containers_are_masked_within() -> None:
    masked = Secrecy([CANARY]).masked_value({"a": [CANARY, 1, None], "b": (CANARY,)})

    assert masked == {"a": ["***", 1, None], "b": ["***"]}


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_no_log_line_holds_a_secret_wherever_it_came_from(
    log_format: LogFormat,
) -> None:
    stream = io.StringIO()
    configure_logs(log_format, Secrecy([CANARY]), stream, level=logging.DEBUG)
    ours = structlog.stdlib.get_logger("spendguard")

    ours.info("check.completed", detail={"key": CANARY})
    logging.getLogger("some.library").warning("sent %s", CANARY)
    try:
        int(CANARY)
    except ValueError:
        ours.exception("job.failed")
        logging.getLogger("some.library").exception("broken by %s", CANARY)

    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count("ValueError") == 2


def test_a_json_line_names_its_event_and_time() -> None:
    stream = io.StringIO()
    configure_logs(LogFormat.JSON, Secrecy(), stream, level=logging.INFO)

    structlog.stdlib.get_logger("spendguard").info("alert.fired", chain="acme")

    line = json.loads(stream.getvalue())
    assert line["event"] == "alert.fired"
    assert line["chain"] == "acme"
    assert line["level"] == "info"
    assert line["logger"] == "spendguard"
    assert line["at"].endswith("Z")


@pytest.mark.parametrize("name", ["httpx", "uvicorn.lifespan", "alembic.runtime"])
def test_talkative_libraries_are_heard_from_warning_on(name: str) -> None:
    stream = io.StringIO()
    configure_logs(LogFormat.JSON, Secrecy(), stream, level=logging.INFO)

    logging.getLogger(name).info("GET https://provider.example/usage")
    logging.getLogger(name).warning("trouble")

    assert "GET" not in stream.getvalue()
    assert "trouble" in stream.getvalue()
