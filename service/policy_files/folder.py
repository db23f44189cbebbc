"""A folder of YAML files as a source of policy sets."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock

from typing_extensions import override

from service.domain.errors import InvalidPolicies
from service.domain.policy_set import PolicySet
from service.policy_files.checkout import checkout, head_log
from service.policy_files.listing import Listing, Stamp, read_folder, stamp
from service.policy_files.reader import Reading, read_set
from service.policy_files.sets import FOLDER, Origin, policy_set
from service.policy_files.texts import TextReader
from service.ports import Clock

# A change is in force within 2 s. Files are looked at rather than watched: network
# file systems send no word of changes, and a swapped link none of what it led to.
_LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """A load, and what the files looked like just before it."""

    stamp: Stamp
    listing: Listing
    result: PolicySet | InvalidPolicies
    others: tuple[Path, ...]


class PolicyFolder(TextReader):
    """Policy sets from `*.yaml` of one folder; safe to share between threads.

    As long as no file changes, `load` gives the same set again, or raises the same
    findings, for the price of a look at each file.
    """

    def __init__(
        self, path: Path, environment: Mapping[str, str], clock: Clock
    ) -> None:
        super().__init__(environment, clock)
        self._path = path
        self._environment = environment
        self._lock = Lock()
        self._last: _Load | None = None
        self._is_verified = False

    @override
    def load(self) -> PolicySet:
        """Read the folder; raise `InvalidPolicies` with every finding of every file."""
        with self._lock:
            if self._last is None or self._has_changed(self._last):
                self._last = self._load()
                self._is_verified = False
            result = self._last.result
        if isinstance(result, InvalidPolicies):
            raise InvalidPolicies(result.findings, texts=result.texts)
        return result

    @override
    def wait_for_change(self, timeout: timedelta) -> bool:
        """Block until the files differ from those of the last load, or time is up.

        True as well when nothing was loaded yet. Changes between two calls count.
        """
        end = time.monotonic() + timeout.total_seconds()
        while True:
            with self._lock:
                if self._last is None or self._has_changed(self._last):
                    return True
            rest = end - time.monotonic()
            if rest <= 0:
                return False
            time.sleep(min(_LOOK_EVERY_SECONDS, rest))

    @override
    def look_now(self) -> None:
        """Do nothing: files are looked at several times a second."""

    @override
    def following(self) -> None:
        """Give nothing: no repository is followed."""

    def _has_changed(self, last: _Load) -> bool:
        now = stamp(self._path).with_others(last.others)
        if now != last.stamp:
            return True
        if self._is_verified or not now.is_settled():
            return False
        # Once, when no more can have been written without a sign.
        self._is_verified = True
        return read_folder(self._path) != last.listing

    def _load(self) -> _Load:
        before = stamp(self._path)
        listing = read_folder(self._path)
        reading = read_set(
            listing.texts, self._expander, lambda name: str(self._path / name)
        )
        commits = head_log(self._path, self._environment)
        others = (*reading.secret_files, *((commits,) if commits else ()))
        try:
            result: PolicySet | InvalidPolicies = self._set(listing, reading)
        except InvalidPolicies as error:
            result = error
        return _Load(
            stamp=before.with_others(others),
            listing=listing,
            result=result,
            others=others,
        )

    def _set(self, listing: Listing, reading: Reading) -> PolicySet:
        found = checkout(self._path, self._environment)
        origin = Origin(commit=found.commit, author=found.author) if found else FOLDER
        return policy_set(listing, reading, self._clock.now(), origin)
