"""The `git` program, started so that it asks nobody, runs nothing and ends in time."""

import os
import shutil
import signal
import subprocess  # nosec B404 # for git alone, below
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.policy_files.git_address import Address

_PATIENCE_SECONDS = 60.0
_TIMED_OUT = "it did not end in time"
# Set on the command line, where they win over whatever a file says.
_SETTINGS = (
    "safe.directory=*",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=20",
    "fetch.recurseSubmodules=false",
    "protocol.version=2",
)
_SSH = "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=15"
# What a way through the network may need; nothing else of the environment is passed.
_PASSED_ON = (
    "PATH",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
)


class GitMissing(Exception):
    """There is no `git` program here."""


class GitFailed(Exception):
    """Git ended with an error; `text` is what it said, `None` when out of time."""

    def __init__(self, text: str, *, timed_out: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """Runs git in one bare repository of ours."""

    folder: Path
    address: Address
    environment: Mapping[str, str]
    patience_seconds: float = _PATIENCE_SECONDS

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Give what git printed; raise `GitMissing` and `GitFailed`."""
        search_path = self.environment.get("PATH", os.defpath)
        program = shutil.which("git", path=search_path)
        if program is None:
            raise GitMissing
        settings = [each for setting in _SETTINGS for each in ("-c", setting)]
        try:
            return self._run([program, *settings, *arguments], given)
        except OSError as error:
            raise GitFailed(error.strerror or "git cannot be started") from None

    def _run(self, command: Sequence[str], given: bytes) -> bytes:
        # A session of its own: ssh and git's own children end with it.
        with subprocess.Popen(  # noqa: S603 # nosec B603 # no shell; arguments are checked in git_address
            command,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(given, timeout=self.patience_seconds)
            except subprocess.TimeoutExpired:
                raise GitFailed(_TIMED_OUT, timed_out=True) from None
            finally:
                # After an interrupt as well: git does not outlive who asked it.
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        if process.returncode:
            raise GitFailed(err.decode(errors="replace"))
        return out

    def _environment(self) -> dict[str, str]:
        passed = {
            name: self.environment[name]
            for name in _PASSED_ON
            if name in self.environment
        }
        return {
            "PATH": os.defpath,
            **passed,
            "LC_ALL": "C",
            # No configuration of this machine, no .netrc, no helper, no question.
            "HOME": str(self.folder),
            "GIT_DIR": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_SSH_COMMAND": _SSH,
            "GIT_ALLOW_PROTOCOL": self.address.protocol,
            **self._credentials(),
        }

    def _credentials(self) -> dict[str, str]:
        """Hand a token over where other users of the machine cannot read it."""
        if self.address.authorization is None:
            return {}
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.address.url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {self.address.authorization}",
        }
