"""A bare copy of a repository that moves forwards only."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from service.domain.following import Acceptance
from service.policy_files.git_program import Git, GitFailed, GitMissing
from service.policy_files.git_state import GitState, read_state, write_state
from service.policy_files.git_trouble import Trouble, trouble_of

FETCHED = "refs/spendguard/fetched"
FOLLOWED = "refs/spendguard/followed"
_LEFTOVERS = (
    "HEAD.lock",
    "config.lock",
    "packed-refs.lock",
    "shallow.lock",
    "refs/**/*.lock",
    "objects/pack/tmp_*",
    "objects/tmp_objdir-*",
)
_NO_GIT = "there is no git program here: install git, or set SPENDGUARD_POLICIES alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """The copy in `git.folder`; safe to share between threads and processes.

    `in_force` gives the commit that was last in force, for a copy that is new;
    `accepted` the newest history that a person accepted. Either gives None for none.
    """

    git: Git
    in_force: Callable[[], str | None]
    accepted: Callable[[], Acceptance | None]

    def state(self) -> GitState:
        """Give what is known, without asking anybody."""
        return read_state(self.git.folder)

    def refresh(self, now: datetime) -> GitState:
        """Ask the repository, go forwards where that is possible; give what is known.

        Raises `OSError` where the copy cannot be kept.
        """
        folder = self.git.folder
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        with _locked(folder / "spendguard.lock"):
            _tidy(folder)
            before = read_state(folder)
            state = replace(self._refreshed(before, now), asked_at=now)
            write_state(folder, state)
        return state

    def _refreshed(self, before: GitState, now: datetime) -> GitState:
        try:
            self.git.run("init", "--quiet", "--bare", "--template=", ".")
            self._fetch()
            return self._forwards(replace(before, fetched_at=now), now)
        except GitMissing:
            return _troubled(before, Trouble(text=_NO_GIT), now)
        except GitFailed as error:
            return _troubled(before, trouble_of(error, self.git.address), now)

    def _fetch(self) -> None:
        address = self.git.address
        self.git.run(
            "fetch",
            "--quiet",
            "--force",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            address.url,
            f"+{address.remote_ref}:{FETCHED}",
        )

    def _forwards(self, state: GitState, now: datetime) -> GitState:
        tip = self._commit_of(FETCHED)
        if tip is None:
            text = "what the branch names is no commit"
            return _troubled(state, Trouble(text=text), now)
        before = self._commit_of(FOLLOWED) or self.in_force()
        used = state.used
        if before is not None and not self._descends(tip, before):
            acceptance = self.accepted()
            if (
                acceptance is None
                or acceptance.id == state.used
                or not acceptance.is_good_for(tip, now)
            ):
                trouble = Trouble(text=_rewritten(tip, before))
                return replace(_troubled(state, trouble, now), rewritten=tip)
            used = acceptance.id
        self.git.run("update-ref", FOLLOWED, tip)
        return GitState(fetched_at=now, followed=tip, used=used)

    def _commit_of(self, ref: str) -> str | None:
        try:
            out = self.git.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        except GitFailed:
            return None
        return out.decode().strip()

    def _descends(self, tip: str, before: str) -> bool:
        if tip == before:
            return True
        try:
            self.git.run("merge-base", "--is-ancestor", before, tip)
        except GitFailed:
            # It does not, or the commit of before is not even there any more.
            return False
        return True


def _tidy(folder: Path) -> None:
    """Remove what a git that was killed left: its locks would keep all others out.

    Nobody else is at work here, for ours is held.
    """
    for pattern in _LEFTOVERS:
        for each in folder.glob(pattern):
            if each.is_file():
                each.unlink(missing_ok=True)
            else:
                shutil.rmtree(each, ignore_errors=True)


def _rewritten(tip: str, before: str) -> str:
    return (
        "the history was rewritten, which is refused: push one that descends from"
        f" {before[:12]}, or, if it was meant: spendguard policy accept {tip}"
    )


def _troubled(state: GitState, trouble: Trouble, now: datetime) -> GitState:
    if state.trouble is not None and trouble.is_passing:
        # An outage mends nothing of what stood before it; and of one that goes on the
        # first word is kept, for each try may be told with other milliseconds.
        return state
    since = state.troubled_since if state.trouble == trouble.text else now
    return replace(
        state,
        trouble=trouble.text,
        is_passing=trouble.is_passing,
        troubled_since=since or now,
        rewritten=None,
    )


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as opened:
        # Held by the kernel: gone with whoever dies.
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
