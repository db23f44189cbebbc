"""A repository that people push to, and the product's copy of it."""

import os
import subprocess
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from service.domain.following import Acceptance
from service.policy_files import Clone, Git, PolicyRepository, parse_address
from tests.builders import NOON
from tests.fakes import FakeClock

INTERVAL = timedelta(seconds=60)
GUARD = """\
version: 1
organizations:
  - {name: acme, api_key: "${KEY}", currency: EUR}
channels:
  - {name: finops, url: "${URL}"}
default_channels: [finops]
"""
ACME = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    thresholds:
      - {id: half, spend: 50%, severity: info}
"""
ENVIRONMENT = {
    "KEY": "sg_test_key",
    "URL": "json://127.0.0.1:9/x",
    "PATH": os.environ["PATH"],
}
ANN = "Ann <ann@acme.example>"


def git(folder: Path, *arguments: str, given: str | None = None) -> str:
    """Run git as a person would, whatever their own settings are."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ann",
        "GIT_AUTHOR_EMAIL": "ann@acme.example",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "ann@acme.example",
    }
    done = subprocess.run(  # noqa: S603 - git, with what the tests give it
        ["git", *arguments],  # noqa: S607 - whichever git is here
        cwd=folder,
        env=settings,
        input=given,
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout.strip()


@dataclass
class Desk:
    """A person's checkout of a bare repository on this machine."""

    folder: Path
    remote: Path = field(init=False)

    def __post_init__(self) -> None:
        self.remote = self.folder / "remote.git"
        self.remote.mkdir(parents=True)
        git(self.remote, "init", "-q", "--bare", "-b", "main")
        self.checkout = self.folder / "checkout"
        git(self.folder, "clone", "-q", str(self.remote), "checkout")
        git(self.checkout, "checkout", "-q", "-b", "main")

    @property
    def url(self) -> str:
        return f"file://{self.remote}"

    def write(self, name: str, content: str) -> None:
        file = self.checkout / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def commit(self, **files: str) -> str:
        """Write files of `policies/` by their stems, commit; give the commit."""
        for stem, content in files.items():
            self.write(f"policies/{stem}.yaml", content)
        git(self.checkout, "add", "-A")
        git(self.checkout, "commit", "-q", "--allow-empty", "-m", "Change policies")
        return git(self.checkout, "rev-parse", "HEAD")

    def push(self, *more: str) -> None:
        git(self.checkout, "push", "-q", *more, "origin", "main")

    def publish(self, **files: str) -> str:
        commit = self.commit(**files)
        self.push()
        return commit


@dataclass
class Follower:
    """The product's side: a copy, a clock that the test moves, what is remembered."""

    desk: Desk
    home: Path
    url: str = ""
    folder: str = "policies"
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    in_force: str | None = None
    acceptance: Acceptance | None = None
    patience_seconds: float = 20

    def source(self) -> PolicyRepository:
        address = parse_address(self.url or self.desk.url)
        clone = Clone(
            git=Git(
                folder=self.home / address.name,
                address=address,
                environment=self.environment,
                patience_seconds=self.patience_seconds,
            ),
            in_force=lambda: self.in_force,
            accepted=lambda: self.acceptance,
        )
        return PolicyRepository(
            clone, self.folder, self.environment, self.clock, INTERVAL
        )


def findings(source: PolicyRepository) -> list[str]:
    with pytest.raises(InvalidPolicies) as caught:
        source.load()
    return [str(each) for each in caught.value.findings]
