"""The simulator as a command."""

import signal
import socket
import subprocess
import sys

from tests.integration.cli.conftest import Cli, Place


def test_the_simulator_tells_what_to_put_into_the_guard(place: Place) -> None:
    command = [sys.executable, "-m", "service", "simulator", "--scenario", "growing"]

    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*command, "--port", "18231", "--start", "2026-08-20T12:00:00Z"],
        env={**place.process_environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        # Not SIGINT: a shell lets what it runs in the background ignore that.
        process.terminate()
        code = process.wait(30)

    assert "growing at 2026-08-20T12:00:00+00:00" in lines[0]
    assert "base_url: http://127.0.0.1:18231/" in lines[1]
    assert "admin key sg_test_" in lines[2]
    assert code in (0, -signal.SIGTERM)


def test_a_port_in_use_is_told_in_one_line_and_no_address_is_promised(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = cli("simulator", "--port", str(port))

    assert (ended.code, ended.out) == (1, "")
    assert f"cannot listen on 127.0.0.1:{port}" in ended.err
    assert ended.err.count("\n") == 1


def test_an_unknown_scenario_is_answered_with_those_there_are(cli: Cli) -> None:
    ended = cli("simulator", "--scenario", "no-such-month")

    assert ended.code == 2
    assert "no-such-month" in ended.err
    assert "runaway" in ended.err
