"""The service in a process of its own: ready, alone, polite when told to stop."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.integration.cli.conftest import GUARD, POLICIES, Cli, Heartbeats, Place

ADMIN_KEY = "sg_test_canary_admin_key"
PATIENCE = 30.0


class Service:
    """A running `spendguard serve`, and the lines it logs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, event: str, **fields: object) -> dict[str, Any]:
        """Give the next line with that event and those fields."""
        while True:
            try:
                line = json.loads(self._queue.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"no {event} in:\n" + "".join(self.lines))
            if line["event"] == event and fields.items() <= line.items():
                found: dict[str, Any] = line
                return found

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            self._queue.put(line)


@contextmanager
def serving(place: Place, *options: str, **variables: str) -> Iterator[Service]:
    command = [sys.executable, "-m", "service", "serve", "--port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        env={**place.process_environment(), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


@pytest.fixture
def service(place: Place) -> Iterator[Service]:
    variables = {
        "SPENDGUARD_ADMIN_KEY": ADMIN_KEY,
        "SPENDGUARD_CHECK_INTERVAL": "3600",
    }
    with serving(place, **variables) as running:
        yield running


def address_of(service: Service) -> str:
    listening = service.wait_for("service.listening")
    return f"http://{listening['address']}:{listening['port']}"


def test_the_service_checks_answers_and_stops(service: Service, cli: Cli) -> None:
    address = address_of(service)
    service.wait_for("check.completed", chain="acme")

    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        while ready.status_code == 503:
            ready = client.get("/readyz")
        assert ready.status_code == 200, ready.text
        key = {"Authorization": f"Bearer {ADMIN_KEY}"}
        status = client.get("/api/v1/status", headers=key).json()
        assert status["organizations"][0]["state"] == "alerting"
        assert client.get("/api/v1/status").status_code == 401

    assert service.stop() == 0
    entries = json.loads(cli("audit", "tail", "--chain", "system", "--json").out)
    actions = [entry["action"] for entry in entries["items"]]
    assert actions[-1] == "service:stopped"
    assert "service:started" in actions
    assert cli("audit", "verify").code == 0
    logged = "".join(service.lines)
    assert ADMIN_KEY not in logged
    assert "sg_test_hook" not in logged
    assert "Traceback" not in logged


def test_the_interrupt_key_stops_it_as_well(service: Service) -> None:
    address_of(service)

    assert service.stop(signal.SIGINT) == 0


def test_a_second_service_on_one_file_refuses(service: Service, cli: Cli) -> None:
    address_of(service)

    ended = cli("serve", "--port", "0")

    assert ended.code == 1
    assert "another serve uses this database" in ended.err
    assert ended.err.count("\n") == 1


def test_a_killed_service_leaves_nothing_in_the_way_of_the_next(
    service: Service, place: Place
) -> None:
    address_of(service)
    service.stop(signal.SIGKILL)

    with serving(place) as next_one:
        address_of(next_one)
        next_one.wait_for("check.completed", chain="acme")


def test_a_taken_port_is_told_in_one_line(service: Service, place: Place) -> None:
    port = address_of(service).rpartition(":")[2]
    other = f"sqlite:///{place.folder / 'other.db'}"

    with serving(place, "--port", port, SPENDGUARD_DATABASE_URL=other) as refused:
        assert refused.process.wait(PATIENCE) == 1
        refused.stop()

    assert refused.lines == [
        f"spendguard: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    ]


def test_commands_work_beside_a_running_service(service: Service, cli: Cli) -> None:
    address_of(service)
    service.wait_for("check.completed", chain="acme")

    assert cli("check", "acme").code == 0
    assert cli("pause").code == 0
    assert cli("status").code == 0
    assert service.stop() == 0


def test_a_changed_policy_is_in_force_without_a_restart(
    service: Service, place: Place
) -> None:
    service.wait_for("policy.loaded")
    address_of(service)
    file = place.folder / "policies" / "acme.yaml"

    file.write_text(POLICIES.replace("7000", "6500"), encoding="utf-8")
    service.wait_for("policy.loaded")
    file.write_text("version: 1\npolicis: []\n", encoding="utf-8")
    service.wait_for("policy.refused")

    assert service.stop() == 0


def test_bad_policies_stop_only_a_start_without_good_ones(
    ready: Cli, place: Place
) -> None:
    file = place.folder / "policies" / "acme.yaml"
    file.write_text("version: 1\npolicis: []\n", encoding="utf-8")
    first = ready("serve", "--port", "0")
    assert first.code == 1
    assert "acme.yaml:2:1: " in first.err

    file.write_text(POLICIES, encoding="utf-8")
    assert ready("check").code == 0
    file.write_text("version: 1\npolicis: []\n", encoding="utf-8")

    assert ready("serve", "--port", "0", "--strict-start").code == 1
    with serving(place) as degraded:
        degraded.wait_for("policy.refused")
        address_of(degraded)
        assert degraded.stop() == 0


def test_a_heartbeat_follows_a_round_in_which_all_were_checked(
    place: Place, heartbeats: Heartbeats
) -> None:
    with serving(place, SPENDGUARD_HEARTBEAT_URL=heartbeats.url) as service:
        assert heartbeats.paths.get(timeout=PATIENCE) == "/sg_test_beat"
        assert service.stop() == 0

    assert "sg_test_beat" not in "".join(service.lines)


def test_the_provider_s_silence_does_not_make_the_service_unready(
    place: Place,
) -> None:
    place.write_policies(GUARD.format(base_url="http://127.0.0.1:9/api/admin"))

    with serving(place) as service:
        address = address_of(service)
        service.wait_for("check.completed", outcome="unknown")
        ready = httpx.get(f"{address}/readyz", timeout=PATIENCE)
        while ready.status_code == 503:
            ready = httpx.get(f"{address}/readyz", timeout=PATIENCE)
        assert ready.status_code == 200
        assert service.stop() == 0
