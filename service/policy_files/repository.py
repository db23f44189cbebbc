"""A branch of a git repository as a source of policy sets."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock

from typing_extensions import override

from service.domain.errors import Finding, InvalidPolicies
from service.domain.following import UNREACHABLE_AFTER, Following
from service.domain.policy_set import PolicySet
from service.policy_files.git_clone import Clone
from service.policy_files.git_listing import read_commit
from service.policy_files.git_objects import NotAsNamed, Objects
from service.policy_files.git_program import GitFailed, GitMissing
from service.policy_files.git_state import GitState
from service.policy_files.listing import Listing, Stamp
from service.policy_files.reader import read_set
from service.policy_files.sets import Origin, policy_set
from service.policy_files.texts import TextReader
from service.ports import Clock

GIT = "git"
# However often it is told to look: a webhook may be sent again by anybody who saw it.
_LEAST_GAP = timedelta(seconds=2)
_DAMAGED = "the copy is damaged: remove its folder, and it is made anew"
_NO_GIT = "there is no git program here: install git"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """A load, and what it rests on."""

    followed: str | None
    trouble: str | None
    secrets: Stamp
    secret_files: tuple[Path, ...]
    result: PolicySet | InvalidPolicies


class PolicyRepository(TextReader):
    """Policy sets of one folder of a branch, as of its newest commit.

    The branch may only go forwards: what does not descend from what was followed is
    refused until a person accepts it. Safe to share between threads.
    """

    def __init__(
        self,
        clone: Clone,
        folder: str,
        environment: Mapping[str, str],
        clock: Clock,
        interval: timedelta,
    ) -> None:
        super().__init__(environment, clock)
        self._clone = clone
        self._folder = folder
        self._interval = interval
        self._lock = Lock()
        self._asked = Event()
        self._last: _Load | None = None
        self._broken: OSError | None = None

    @override
    def load(self) -> PolicySet:
        """Give the policies of the commit that is followed; raise `InvalidPolicies`.

        Asks the repository where nobody on this machine has of late; where it does not
        answer, what it held last is given, until that has lasted for long.
        """
        with self._lock:
            state = self._looked()
            if self._last is None or self._has_changed(self._last, state):
                self._last = self._load(state)
            result = self._last.result
        if isinstance(result, InvalidPolicies):
            raise _again(result)
        return result

    @override
    def wait_for_change(self, timeout: timedelta) -> bool:
        """Block until the branch has moved or cannot be followed, or time is up.

        The repository is asked by interval, and at once after `look_now`.
        """
        if self._is_changed():
            return True
        if self._asked.is_set():
            # Too soon after the last look; a wait for the sign would end at once.
            time.sleep(min(timeout, _LEAST_GAP).total_seconds())
        else:
            rest = min(timeout, self._rest())
            self._asked.wait(max(rest, timedelta(0)).total_seconds())
        return self._is_changed()

    @override
    def look_now(self) -> None:
        """Let the next look at the repository be at once; does not wait for it."""
        self._asked.set()

    @override
    def following(self) -> Following:
        """Say how it stands with the repository, without asking it."""
        state = self._clone.state()
        trouble, since = state.trouble, state.troubled_since
        if self._broken is not None:
            trouble = self._unkept()
            since = since or self._clock.now()
        return Following(
            repository=self._clone.git.address.shown,
            commit=state.followed,
            fetched_at=state.fetched_at,
            trouble=trouble,
            troubled_since=since,
            rewritten=state.rewritten,
        )

    def _is_changed(self) -> bool:
        with self._lock:
            state = self._looked()
            return self._last is None or self._has_changed(self._last, state)

    def _rest(self) -> timedelta:
        """Give how long it is until the repository is asked again."""
        asked_at, now = self._clone.state().asked_at, self._clock.now()
        if asked_at is None or asked_at > now:
            return timedelta(0)
        return self._interval - (now - asked_at)

    def _looked(self) -> GitState:
        """Ask the repository if it is time, and give what is known of it."""
        passed = self._interval - self._rest()
        is_asked = self._asked.is_set() and passed >= _LEAST_GAP
        if passed < self._interval and not is_asked:
            return self._clone.state()
        self._asked.clear()
        try:
            state = self._clone.refresh(self._clock.now())
        except OSError as error:
            self._broken = error
            return self._clone.state()
        self._broken = None
        return state

    def _has_changed(self, last: _Load, state: GitState) -> bool:
        secrets = Stamp(()).with_others(last.secret_files)
        return (last.followed, last.trouble, last.secrets) != (
            state.followed,
            self._told(state),
            secrets,
        )

    def _told(self, state: GitState) -> str | None:
        """Give what is to be told of trouble: at once, or when it has lasted."""
        if self._broken is not None:
            return self._unkept()
        if state.trouble is None or state.troubled_since is None:
            return None
        lasted = self._clock.now() - state.troubled_since
        if state.followed and state.is_passing and lasted < UNREACHABLE_AFTER:
            return None
        return f"since {_time(state.troubled_since)}: {state.trouble}"

    def _unkept(self) -> str:
        reason = self._broken.strerror if self._broken else None
        return f"the copy in {self._clone.git.folder} cannot be kept: {reason}"

    def _load(self, state: GitState) -> _Load:
        trouble = self._told(state)
        files: tuple[Path, ...] = ()
        result: PolicySet | InvalidPolicies
        if trouble is not None or state.followed is None:
            result = self._refused(trouble or "it was never read", state.followed)
        else:
            try:
                result, files = self._read(state.followed)
            except (NotAsNamed, GitFailed):
                result = self._refused(_DAMAGED)
            except GitMissing:
                result = self._refused(_NO_GIT)
        return _Load(
            followed=state.followed,
            trouble=trouble,
            secrets=Stamp(()).with_others(files),
            secret_files=files,
            result=result,
        )

    def _refused(self, text: str, followed: str | None = None) -> InvalidPolicies:
        """Refuse to go on; with what was followed, which may hold secrets (§3)."""
        shown = self._clone.git.address.shown
        found = Finding(file=shown, line=1, column=1, message=text)
        texts: tuple[tuple[str, str], ...] = ()
        if followed is not None:
            with suppress(NotAsNamed, GitFailed, GitMissing):
                texts = self._listing(followed).texts
        return InvalidPolicies((found,), texts=texts)

    def _listing(self, tip: str) -> Listing:
        return read_commit(Objects(self._clone.git), tip, self._folder)

    def _read(self, tip: str) -> tuple[PolicySet | InvalidPolicies, tuple[Path, ...]]:
        origin = self._newest(tip)
        listing = self._listing(tip)
        prefix = f"{self._folder}/" if self._folder else ""
        reading = read_set(listing.texts, self._expander, lambda name: prefix + name)
        try:
            found = policy_set(listing, reading, self._clock.now(), origin)
        except InvalidPolicies as error:
            return error, reading.secret_files
        return found, reading.secret_files

    def _newest(self, tip: str) -> Origin:
        """Name the commit that made the policies what they are at a commit."""
        out = self._clone.git.run(
            "log", "-1", "--format=%H%n%an <%ae>", tip, "--", self._folder or "."
        ).decode(errors="replace")
        commit, _, author = out.partition("\n")
        return Origin(commit=commit or tip, author=author.strip() or None, source=GIT)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def _again(error: InvalidPolicies) -> InvalidPolicies:
    return InvalidPolicies(
        error.findings, texts=error.texts, commit=error.commit, author=error.author
    )
