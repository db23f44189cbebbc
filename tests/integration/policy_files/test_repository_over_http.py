"""A repository behind a web server: away, closed, moved; and no token in sight."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from typing_extensions import override

from service.domain.following import UNREACHABLE_AFTER
from tests.integration.policy_files.git_peer import (
    INTERVAL,
    Desk,
    Follower,
    findings,
    git,
)
from tests.loopback import Quiet, answering

AT_ONCE = timedelta(0)


@contextmanager
def web_host(folder: Path, port: int = 0) -> Iterator[tuple[str, list[str | None]]]:
    """Serve a folder as a plain web server; give its address and who asked how."""
    asked: list[str | None] = []

    class Answer(Quiet, SimpleHTTPRequestHandler):
        def __init__(self, *rest: Any) -> None:  # noqa: ANN401 - as the library calls it
            super().__init__(*rest, directory=str(folder))

        @override
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            if self.path.startswith("/closed"):
                self.send_error(401)
            elif self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", self.path.replace("/moved", ""))
                self.end_headers()
            else:
                super().do_GET()

    with answering(Answer, port) as taken:
        yield f"127.0.0.1:{taken}", asked


def test_an_outage_is_shown_at_once_and_told_when_it_lasts(
    desk: Desk, follower: Follower
) -> None:
    git(desk.remote, "update-server-info")
    with web_host(desk.folder) as (host, _):
        follower.url = f"http://{host}/remote.git"
        source = follower.source()
        before = source.load()
    follower.clock.advance(INTERVAL)
    began = follower.clock.now()

    assert not source.wait_for_change(AT_ONCE)
    reason = source.following().reason or ""
    assert reason.startswith(f"since {began:%Y-%m-%d %H:%M:%S}Z: it cannot be reached:")
    # A service that starts now, or a command, has what the copy holds.
    assert follower.source().load().revision == before.revision

    follower.clock.advance(UNREACHABLE_AFTER)
    assert source.wait_for_change(AT_ONCE)
    (told,) = findings(source)
    assert reason in told
    follower.clock.advance(INTERVAL)
    assert not source.wait_for_change(AT_ONCE)

    with web_host(desk.folder, int(host.partition(":")[2])):
        follower.clock.advance(INTERVAL)
        assert source.wait_for_change(AT_ONCE)
        assert source.load().revision == before.revision
    assert source.following().reason is None


TOKEN = "sg_test_token_of_the_repository"  # noqa: S105 - made up


def test_a_token_is_sent_to_the_host_and_shown_nowhere(
    desk: Desk, follower: Follower
) -> None:
    git(desk.remote, "update-server-info")
    with web_host(desk.folder) as (host, asked):
        follower.url = f"http://bot:{TOKEN}@{host}/remote.git#main"
        source = follower.source()
        source.load()
        follower.url = f"http://bot:{TOKEN}@{host}/closed/remote.git"
        closed = follower.source()
        refused = findings(closed)

    encoded = b64encode(f"bot:{TOKEN}".encode()).decode()
    assert set(asked) == {f"Basic {encoded}"}
    assert "access was refused" in refused[0]
    shown = [*refused, str(source.following()), str(closed.following())]
    kept = [each.read_text("latin-1") for each in files_below(follower.home)]
    for secret in (TOKEN, encoded):
        assert not [text for text in (*shown, *kept) if secret in text]


def files_below(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_nobody_is_followed_to_another_address(desk: Desk, follower: Follower) -> None:
    git(desk.remote, "update-server-info")
    with web_host(desk.folder) as (host, _):
        follower.url = f"http://{host}/moved/remote.git"
        (told,) = findings(follower.source())

    assert "/moved/remote.git:1:1: since " in told
